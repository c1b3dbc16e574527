import json
import math
from dataclasses import replace

import pytest

from distill.config import GateConfig
from distill.evaluation.figures import HarmMetrics, LanguageMetrics, Metrics
from distill.evaluation.gate import judge

NAN = float("nan")
KOREAN = LanguageMetrics(40, 0.4, 0.5, answers=48, rpr=60.0, lpr=70.0, wpr=None, answer_length=20.0)
HARM = HarmMetrics(48, ended=0.3, distinct=0.95, relevance=0.8, relevance_error=0.05, unseen_kl=0.0, ending=0.4)
BEFORE = Metrics(0.4, 0.5, 10.0, 20.0, 0.0, 0.0, 60.0, 70.0, None, {"ko": KOREAN}, {"questions": 0.5}, 9.9, harm=HARM)
GOOD = replace(
    BEFORE,
    confusion_mass=0.2,
    drifting_share=0.2,
    perplexity=10.1,
    answer_length=22.0,
    english_kl=0.02,
    by_language={"ko": replace(KOREAN, rpr=80.0)},
    accuracy={"questions": 0.49},
    harm=HarmMetrics(48, ended=0.28, distinct=0.94, relevance=0.75, relevance_error=0.05, unseen_kl=0.01, ending=0.39),
)


def rpr(rate, answers=48):
    return {"by_language": {"ko": replace(KOREAN, rpr=rate, answers=answers)}}


def harm(**figures):
    return {"harm": replace(GOOD.harm, **figures)}


def failed(before, after, config=None):
    return [check.name for check in judge(before, after, config or GateConfig()).checks if not check.ok]


def test_a_better_and_harmless_adapter_passes():
    decision = judge(BEFORE, GOOD, GateConfig())
    assert decision.passed and [check.name for check in decision.checks] == [
        "confusion mass",
        "perplexity",
        "perplexity, over base",
        "answer length",
        "English KL",
        "response pass rate, ko",
        "answers that end",
        "ending where the base ends",
        "distinct 4-grams",
        "relevance to the prompt",
        "unseen-text KL",
        "accuracy, questions",
    ]


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("confusion mass", {"confusion_mass": 0.29}),
        ("confusion mass", {"confusion_mass": NAN}),
        ("perplexity", {"perplexity": 10.21, "base_perplexity": 10.0}),
        ("perplexity", {"perplexity": NAN, "base_perplexity": None}),
        ("perplexity, over base", {"base_perplexity": 9.8}),
        ("answer length", {"answer_length": 14.9}),
        ("answer length", {"answer_length": 25.1}),
        ("answer length", {"answer_length": NAN}),
        ("English KL", {"english_kl": 0.051}),
        ("English KL", {"english_kl": NAN}),
        ("response pass rate, ko", rpr(35.0)),
        ("response pass rate, ko", rpr(None)),
        ("response pass rate, ko", {"by_language": {}}),
        ("answers that end", harm(ended=0.1)),
        ("ending where the base ends", harm(ending=0.33)),
        ("ending where the base ends", harm(ending=None)),
        ("distinct 4-grams", harm(distinct=0.89)),
        ("relevance to the prompt", harm(relevance=0.52)),
        ("relevance to the prompt", harm(relevance=None)),
        ("unseen-text KL", harm(unseen_kl=0.051)),
        ("unseen-text KL", harm(unseen_kl=None)),
        ("accuracy, questions", {"accuracy": {"questions": 0.479}}),
        ("accuracy, questions", {"accuracy": {}}),
    ],
)
def test_each_kind_of_harm_fails_its_own_check(name, harm):
    assert failed(BEFORE, replace(GOOD, **harm)) == [name]


def test_limits_come_from_the_configuration():
    assert failed(BEFORE, GOOD, GateConfig(min_relative_confusion_drop=0.6)) == ["confusion mass"]
    assert failed(BEFORE, replace(GOOD, english_kl=0.5), GateConfig(max_english_kl=1.0)) == []
    assert failed(BEFORE, replace(GOOD, **rpr(35.0)), GateConfig(max_pass_rate_drop=20.0)) == []
    assert failed(BEFORE, replace(GOOD, accuracy={"questions": 0.4}), GateConfig(max_accuracy_drop=0.2)) == []


@pytest.mark.parametrize("missing", ["confusion_mass", "perplexity", "answer_length"])
def test_what_could_not_be_measured_before_fails_too(missing):
    assert failed(replace(BEFORE, **{missing: NAN}), GOOD) == [missing.replace("_", " ")]


def test_confusion_that_is_next_to_nothing_need_not_fall_but_may_not_come_back():
    clean = replace(BEFORE, confusion_mass=0.0)
    assert failed(clean, replace(GOOD, confusion_mass=0.0)) == []
    assert failed(clean, replace(GOOD, confusion_mass=0.0009)) == []
    assert failed(clean, replace(GOOD, confusion_mass=0.0011)) == ["confusion mass"]


def test_few_answers_leave_more_to_chance_than_many():
    limits = [judge(replace(BEFORE, **rpr(60.0, n)), GOOD, GateConfig()).checks[5].limit for n in (12, 48, 10_000)]
    assert limits == sorted(limits) and limits[0] < 40 and limits[2] == pytest.approx(55.0, abs=1.0)
    certain = replace(BEFORE, **rpr(100.0, 4))
    assert failed(certain, replace(GOOD, **rpr(75.0, 4))) == []


def test_nothing_asked_is_nothing_to_check():
    unasked = replace(BEFORE, by_language={"ko": replace(KOREAN, rpr=None, answers=0)}, accuracy={}, harm=None)
    assert len(judge(unasked, GOOD, GateConfig()).checks) == 5


def test_harm_that_was_measured_before_and_not_after_is_no_pass():
    ends = ["answers that end", "ending where the base ends"]
    lost = [*ends, "distinct 4-grams", "relevance to the prompt", "unseen-text KL"]
    assert failed(BEFORE, replace(GOOD, harm=None)) == lost


def test_few_answers_that_end_leave_more_to_chance():
    def of(ended, answers):
        return replace(BEFORE, harm=replace(HARM, ended=ended, answers=answers))

    assert failed(of(0.5, 12), replace(GOOD, **harm(ended=0.25))) == []
    assert failed(of(0.5, 1200), replace(GOOD, **harm(ended=0.25))) == ["answers that end"]


def test_the_decision_goes_into_the_report_as_json():
    report = judge(BEFORE, replace(GOOD, perplexity=NAN), GateConfig()).as_dict()
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["passed"] is False
    assert report["checks"][0] == {
        "name": "confusion mass",
        "before": 0.4,
        "after": 0.2,
        "limit": 0.4 * 0.7,
        "ok": True,
    }
    assert report["checks"][1]["after"] is None and math.isclose(report["checks"][1]["limit"], 10.2)
