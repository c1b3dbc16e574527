import json
from pathlib import Path

import pytest

from benchmarks.quality import statistics
from benchmarks.quality.cells import between
from benchmarks.quality.judges import JUDGES
from benchmarks.quality.markdown import BEGIN, END, comparison, markdown, summary
from benchmarks.quality.models import CPU_SECONDS
from benchmarks.quality.results import ALL, results
from benchmarks.quality.rows import Answer, AnswerFile, Verdict, read_answers, write_json, write_rows
from benchmarks.quality.values import noise

PROMPTS = 40


def judged(
    out: Path,
    label: str,
    share: float,
    *,
    draw: int = 0,
    ended: float = 0.5,
    asked: str = "held-out",
    tokens: int = 48,
) -> None:
    """Verdicts on two languages; the first `share` of the prompts are confused, by every judge."""
    for language in ("ko", "de"):
        rows = [
            Verdict(
                f"{language} {i}",
                language,
                dict.fromkeys(JUDGES if language == "ko" else JUDGES[:2], i < share * PROMPTS),
                {"ended": float(i % 10 < 10 * ended), "length": 40.0, "distinct-4": 0.9, "loops": 0.0},
            )
            for i in range(PROMPTS)
        ]
        write_rows(AnswerFile(asked, language, draw, tokens).path(out / "judged", label), rows)


@pytest.fixture(autouse=True)
def fewer_replicates(monkeypatch):
    monkeypatch.setattr(statistics, "_REPLICATES", 500)
    monkeypatch.setattr(statistics, "_FLIPS", 2_000)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    judged(tmp_path, "base-0", 0.5)
    judged(tmp_path, "base-0", 0.4, draw=1)
    judged(tmp_path, "tlpo-0", 0.05)
    judged(tmp_path, "tlpo-1", 0.1, ended=0.1)
    return tmp_path


def of(figures, part, **chosen):
    (row,) = [r for r in figures["methods"]["tlpo"][part] if all(r[name] == value for name, value in chosen.items())]
    return row


def test_rates_are_means_over_draws_seeds_and_languages(out):
    row = of(results(out), "confusion", judge="ours, strict")["languages"]
    assert list(row) == [ALL, "de", "ko"] and row[ALL]["prompts"] == 2 * PROMPTS
    assert row[ALL]["before"]["value"] == pytest.approx(0.45) and row[ALL]["after"]["value"] == pytest.approx(0.075)
    assert row[ALL]["fall"]["value"] == pytest.approx(1 - 0.075 / 0.45)
    assert row[ALL]["fall"]["low"] < row[ALL]["fall"]["value"] < row[ALL]["fall"]["high"]
    assert row["ko"]["p"] < 0.01
    by_letters = of(results(out), "confusion", judge="Unicode")["languages"]
    assert list(by_letters) == [ALL, "ko"] and by_letters[ALL]["prompts"] == PROMPTS


def test_what_two_draws_of_the_base_do_not_explain_is_harm(out):
    figures = results(out)
    ended = of(figures, "harm", measure="ended", over="all prompts")
    assert ended["before"]["value"] == 0.5 and ended["after"]["value"] == pytest.approx(0.3) and not ended["harmless"]
    assert of(figures, "harm", measure="length", over="all prompts")["harmless"]
    clean = of(figures, "harm", measure="ended", over="clean under the base")
    assert clean["before"]["value"] == 0.5  # of the half that the base never confuses


def test_noise_is_that_of_two_draws_and_unknown_with_one():
    alike = {"ko": {"a": [1.0, 1.0], "b": [0.0, 0.0]}}
    differing = {"ko": {"a": [1.0, 0.0], "b": [0.0, 1.0]}}
    assert noise([alike]) == 0.0 and noise([differing]) > 0.3
    assert noise([{"ko": {"a": [1.0]}}]) is None and noise([]) is None


def test_ability_likelihood_and_requests_for_another_language_are_told(out):
    for label, right, logp, kl in (
        ("base-0", 1.0, -2.0, None),
        ("tlpo-0", 0.0, -2.1, 0.02),
        ("tlpo-1", 0.0, -2.1, 0.04),
    ):
        items = {str(i): [right if i < 10 else 1.0] for i in range(PROMPTS)}
        values = {"minimal pairs": {"ko": items}, "unseen text": {"ko": {str(i): [logp] for i in range(5)}}}
        if kl is not None:
            values["unseen-text KL"] = {"ko": {str(i): [kl] for i in range(5)}}
        write_json(out / "ability" / f"{label}.json", values)
    judged(out, "base-0", 0.2, asked="asked-in-ko")
    judged(out, "tlpo-0", 0.3, asked="asked-in-ko")
    figures = results(out)
    pairs = of(figures, "ability", measure="minimal pairs", language=ALL)
    assert pairs["items"] == PROMPTS and pairs["change"]["value"] == pytest.approx(-0.25) and not pairs["harmless"]
    rise = of(figures, "likelihood", measure="unseen text", language=ALL)["rise"]
    assert rise["value"] == pytest.approx(0.105, abs=0.001) and rise["low"] <= rise["value"] <= rise["high"]
    assert of(figures, "kl", measure="unseen-text KL", language=ALL)["value"] == pytest.approx(0.03)
    asked = of(figures, "selectivity", wanted="de")
    assert asked["asked in"] == "ko" and asked["change"]["value"] == pytest.approx(0.1)
    text = markdown(figures)
    assert "ko → de" in text and "minimal pairs, 40 items" in text and "unseen-text KL" in text


def test_the_tables_stand_between_the_marks_of_a_document_and_nothing_else_moves(out, tmp_path):
    document = tmp_path / "README.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    text = summary(results(out))
    between(document, text, BEGIN, END)
    between(document, text, BEGIN, END)
    whole = document.read_text(encoding="utf-8")
    assert whole == f"before\n{BEGIN}\n{text}{END}\nafter\n" and "| ours, strict | 45.0 → 7.5" in whole
    document.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="no place for the tables"):
        between(document, text, BEGIN, END)


def test_what_short_answers_cost_does_not_stand_beside_what_long_ones_do(out):
    assert "| – | – | – | -0.200 [" in summary(results(out)).splitlines()[-1]
    judged(out, "base-0", 0.5, tokens=256)
    judged(out, "default-0", 0.1, tokens=256)
    *_, default, tlpo = summary(results(out)).splitlines()
    assert "0.000" in default and tlpo.endswith("| – | – | – | – | – |")


def test_figures_are_json_and_make_a_picture(out, tmp_path):
    from benchmarks.quality.figure import draw

    figures = results(out)
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    draw(figures, tmp_path / "quality.svg")
    picture = (tmp_path / "quality.svg").read_text(encoding="utf-8")
    assert picture.count("<path") > 20
    draw(figures, tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_text(encoding="utf-8") == picture


def test_a_folder_without_the_base_is_refused(tmp_path):
    judged(tmp_path, "tlpo-0", 0.1)
    with pytest.raises(ValueError, match="no judged answers of base"):
        results(tmp_path)


def test_files_between_stages_come_back_as_they_were(tmp_path):
    file = AnswerFile("asked-in-ko", "zh", 2, 256)
    path = file.path(tmp_path, "tlpo-0")
    assert AnswerFile.of(path) == file
    answers = [Answer("a", "zh", "prompt\nwith a line", (1, 2)), Answer("b", "zh", "다음", ())]
    write_rows(path, answers)
    assert read_answers(path) == answers and not list(tmp_path.rglob("*.part"))


def test_all_methods_stand_beside_each_other_and_those_shown_have_tables_of_their_own(out):
    judged(out, "dpo-0", 0.2)
    write_json(out / "ability" / "dpo-0.json", {CPU_SECONDS: {"": {"training": [1200.0]}}})
    figures = results(out, shown=["tlpo"])
    rows = comparison(figures).splitlines()[2:]
    assert rows[0].startswith("| dpo, 1 training seed | 45.0 → 20.0 | 56% [") and rows[0].endswith("| 1,200 |")
    assert rows[1].startswith("| tlpo, 2 training seeds | 45.0 → 7.5 |") and rows[1].endswith("| – |")
    assert "| -0.200 [" in rows[1]  # answers that end
    assert "dpo" not in markdown(figures) and "dpo" not in summary(figures)


def test_harm_is_also_told_beside_the_base_that_a_mask_keeps_in_its_language(out):
    judged(out, "masked-0", 0.0, ended=0.2)
    ended = of(results(out), "harm", measure="ended", over="all prompts, beside the masked base")
    assert ended["before"]["value"] == pytest.approx(0.2) and ended["change"]["value"] == pytest.approx(0.1)
    assert ended["harmless"]
    of_masked = results(out)["methods"]["masked"]["harm"]
    assert {row["over"] for row in of_masked} == {"all prompts", "clean under the base"}
