from dataclasses import replace

import pytest

from distill.evaluation import Metrics
from distill.gate import GateConfig, judge

BEFORE = Metrics(0.4, 0.5, 10.0, 20.0, 0.0, 0.0)
GOOD = Metrics(0.2, 0.2, 10.1, 22.0, 0.02, -0.01)


def test_a_better_and_harmless_adapter_passes():
    decision = judge(BEFORE, GOOD, GateConfig())
    assert decision.passed and [check.name for check in decision.checks] == [
        "confusion mass",
        "perplexity",
        "answer length",
        "English KL",
    ]


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("confusion mass", {"confusion_mass": 0.29}),
        ("confusion mass", {"confusion_mass": float("nan")}),
        ("perplexity", {"perplexity": 10.21}),
        ("perplexity", {"perplexity": float("nan")}),
        ("answer length", {"answer_length": 14.9}),
        ("answer length", {"answer_length": 25.1}),
        ("answer length", {"answer_length": float("nan")}),
        ("English KL", {"english_kl": 0.051}),
        ("English KL", {"english_kl": float("nan")}),
    ],
)
def test_each_kind_of_harm_fails_its_own_check(name, harm):
    decision = judge(BEFORE, replace(GOOD, **harm), GateConfig())
    assert not decision.passed and [check.name for check in decision.checks if not check.ok] == [name]


def test_limits_come_from_the_configuration():
    strict = GateConfig(min_relative_confusion_drop=0.6)
    assert not judge(BEFORE, GOOD, strict).passed
    assert judge(BEFORE, replace(GOOD, english_kl=0.5), GateConfig(max_english_kl=1.0)).passed


def test_the_decision_goes_into_the_report():
    report = judge(BEFORE, GOOD, GateConfig()).as_dict()
    assert report["passed"] is True
    assert report["checks"][0] == {
        "name": "confusion mass",
        "before": 0.4,
        "after": 0.2,
        "limit": 0.4 * 0.7,
        "ok": True,
    }
