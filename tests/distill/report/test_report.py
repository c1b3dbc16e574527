import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.config import DistillConfig, GateConfig
from distill.evaluation.figures import LanguageMetrics, Metrics
from distill.evaluation.gate import judge
from distill.report.examples import examples
from distill.report.page import render_html

KOREAN = LanguageMetrics(40, 0.4, 0.5, answers=48, rpr=60.0, lpr=70.0, wpr=None, answer_length=20.0)
GERMAN = replace(KOREAN, confusion_mass=0.2, rpr=None, lpr=None)
BEFORE = Metrics(0.4, 0.5, 10.0, 20.0, 0.0, 0.0, 60.0, 70.0, None, {"ko": KOREAN, "de": GERMAN})
AFTER = replace(BEFORE, confusion_mass=0.1, by_language={"ko": replace(KOREAN, confusion_mass=0.123, rpr=80.0)})
HARM = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """Tags with their attributes, and the text outside of styles."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self._style = [], "", False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_endtag(self, tag):
        self._style = False

    def handle_data(self, data):
        if not self._style:
            self.text += data

    def tables(self, tag):
        return sum(name == tag for name, _ in self.tags)


def report(**more):
    return {
        "gate": judge(BEFORE, AFTER, GateConfig()).as_dict(),
        "before": BEFORE.to_json(),
        "after": AFTER.to_json(),
    } | more


def candidate(text, drifts, before, after):
    return {"text": text, "continuation": text, "drifts": drifts, "before": before, "after": after}


def steps(count):
    return [
        {"step": i, "loss": 0.1, "confusion_mass": 0.4 / i, "kl": 0.1 * i, "useful_points": 1.0}
        for i in range(1, count + 1)
    ]


FULL = report(
    steps=steps(5),
    seconds=300.0,
    selection={
        "events_seen": 981,
        "training_points": 71,
        "held_out_points": 21,
        "by_language": {"ko": 92},
        "dropped": {"another tokenizer": 31},
        "capped": [{"reason": "max_per_token", "which": "ko: 漢", "left_out": 858}],
    },
    lineage={"base": "smollm2", "parent": "v0007", "config": {"training": {"max_steps": 24}}},
    examples=[
        {
            "language": "ko",
            "context": "저는",
            "candidates": [candidate("漢", True, 0.75, 0.25), candidate("가", False, 0.2, 0.7)],
        }
    ],
)


def test_the_page_says_what_was_decided_and_why():
    page = Page(render_html(FULL))
    assert "Passed the gate" in page.text and "Held-out confusion 40.0% → 10.0%" in page.text
    assert "5 optimizer steps, 5 minutes" in page.text
    for shown in ("another tokenizer", "31", "max_per_token: ko: 漢", "858", "v0007", "training.max_steps", "저는"):
        assert shown in page.text
    assert "drifting 75.0% → 25.0%" in page.text and "40.0% → 12.3%" in page.text
    failed = judge(BEFORE, replace(AFTER, perplexity=11.0), GateConfig()).as_dict()
    page = Page(render_html({**FULL, "gate": failed}))
    assert "Did not pass the gate" in page.text and "not met: perplexity." in page.text


def test_plots_show_every_language_and_the_steps():
    page = render_html(FULL)
    labels = re.findall(r'<svg [^>]*role="img" aria-label="([^"]+)"', page)
    assert labels == [
        "Confusion mass at held-out points",
        "Response pass rate",
        "Confusion and KL at trained points, step by step",
        "What the fall of the confusion costs",
    ]
    first, second, third, *_ = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert ">ko<" in first and ">de<" in first and ">12.3<" in first and ">20.0<" in first
    assert ">ko<" in second and ">de<" not in second
    assert ">confusion mass, %<" in third and ">KL, nats<" in third


def test_what_users_wrote_stays_text():
    harmful = report(
        examples=[{"language": HARM, "context": HARM, "candidates": [candidate(HARM, True, 0.5, 0.1)]}],
        selection={"dropped": {HARM: 1}, "by_language": {HARM: 2}, "capped": [{"reason": HARM, "which": HARM, "left_out": 1}]},
        lineage={HARM: HARM, "config": {HARM: HARM}},
        before={"by_language": {HARM: BEFORE.to_json()["by_language"]["ko"]}},
    )  # fmt: skip
    html = render_html(harmful)
    page = Page(html)
    assert page.text.count(HARM) >= 12
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "iframe", "link", "object"})
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_the_page_is_one_file_that_fetches_nothing():
    html = render_html(FULL)
    page = Page(html)
    outside = [
        value for _, attrs in page.tags for name, value in attrs.items() if name in ("src", "href", "xlink:href")
    ]
    assert all(value.startswith("#") for value in outside)
    assert "url(http" not in html and "@import" not in html
    sheet = html[html.index("<style>") + 7 : html.index("</style>")]
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": policy}) in page.tags
    assert page.tables("style") == 1 and not [attrs for _, attrs in page.tags if "style" in attrs]
    names = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(names) == len({*names}) > 0  # what one plot refers to must not be another's


def test_equal_reports_give_equal_pages():
    assert render_html(FULL) == render_html(json.loads(json.dumps(FULL)))


def test_a_run_without_steps_examples_or_measures_has_a_page():
    nothing = replace(BEFORE, confusion_mass=float("nan"), by_language={})
    page = Page(render_html({"gate": judge(nothing, nothing, GateConfig()).as_dict()}))
    assert "Held-out confusion – → –; not met: confusion mass." in page.text
    page = Page(render_html(report(steps=[{"step": 1, "loss": 0.0}], examples=[], selection={}, lineage={})))
    assert page.tables("svg") == 2


class Letters:
    """Decodes the test vocabulary."""

    def __init__(self, vocabulary):
        self._vocabulary = vocabulary

    def decode(self, ids, skip_special_tokens=False):
        return b"".join(map(self._vocabulary.token_bytes, ids)).decode(errors="replace")


@pytest.fixture
def adapted(small_llama):
    torch.manual_seed(0)
    return get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear")).eval()


def test_examples_hold_the_policys_probabilities_before_and_after(adapted, batch, rules_of, vocabulary):
    found = examples(adapted, Letters(vocabulary), batch, rules_of, DistillConfig())
    assert [example.language for example in found.shown] == sorted(e.language for e in found.shown)
    assert {len(group.points) for group in found.groups} == {1} and len(found.shown) >= 2
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.2)
    after = found.after(adapted)
    for side, model_off in (("before", True), ("after", False)):
        for example, group, ids in zip(after.shown, found.groups, found.candidate_ids, strict=True):
            with torch.no_grad():
                if model_off:
                    with adapted.disable_adapter():
                        row = adapted(torch.tensor([group.ids])).logits[0, -1]
                else:
                    row = adapted(torch.tensor([group.ids])).logits[0, -1]
            probs = (row.float() / 0.6).softmax(-1)
            shown = [getattr(c, side) for c in example.candidates]
            assert shown == pytest.approx(probs[list(ids)].tolist(), abs=1e-4)
            if model_off:
                assert list(ids) == probs.topk(len(ids)).indices.tolist()
    assert [c.before for c in after.shown[0].candidates] != [c.after for c in after.shown[0].candidates]
    assert all(c.after is None for example in found.shown for c in example.candidates)
    json.dumps(after.as_json(), allow_nan=False)


def test_examples_hold_what_drifts_and_what_does_not_in_words_that_can_be_read(
    small_llama, batch, rules_of, vocabulary
):
    found = examples(small_llama, Letters(vocabulary), batch, rules_of, DistillConfig())
    for example, group, ids in zip(found.shown, found.groups, found.candidate_ids, strict=True):
        assert example.context.endswith(Letters(vocabulary).decode(group.ids)[-3:])
        for token_id, candidate in zip(ids, example.candidates, strict=True):
            word = vocabulary.token_bytes(token_id)
            assert word in (candidate.text.encode(), b"") or "\ufffd" in word.decode(errors="replace")
            if rules_of(group).drifts(group.output_before(group.points[0]), [token_id]):
                assert candidate.drifts


def test_examples_are_drawn_by_the_seed_and_no_more_than_wanted(small_llama, batch, rules_of, vocabulary):
    def drawn(seed, count=8):
        return examples(small_llama, Letters(vocabulary), batch, rules_of, DistillConfig(seed=seed), count=count)

    assert drawn(0) == drawn(0)
    assert len({drawn(seed).groups for seed in range(6)}) > 1
    assert len(drawn(0, count=1).shown) == 1
    assert examples(small_llama, Letters(vocabulary), [], rules_of, DistillConfig()).as_json() == []
