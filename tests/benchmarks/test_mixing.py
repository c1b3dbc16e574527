"""The benchmark of mixed scripts: what it asks, how it judges, and its statistics."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.mixing import contexts
from benchmarks.mixing.__main__ import app
from benchmarks.mixing.contexts import Asked, Cell, asked, cells, read_kept, shared_documents, write_kept
from benchmarks.mixing.judges import judged
from benchmarks.mixing.markdown import BEGIN, END
from benchmarks.mixing.paired import Comparison, compare
from distill.prompts.files import read_prompts
from tests.cache import CACHE, small_model_folder


def test_half_of_the_prompts_are_sealed_and_always_the_same() -> None:
    prompts = [
        prompt for cell in dict.fromkeys((c.language, c.kind) for c in cells()) for prompt in asked(*cell, 99, None)
    ]
    assert len({prompt.id for prompt in prompts}) == len(prompts) > 200
    sealed = sum(prompt.sealed for prompt in prompts)
    assert 0.4 < sealed / len(prompts) < 0.6
    assert prompts == [p for c in dict.fromkeys((c.language, c.kind) for c in cells()) for p in asked(*c, 99, None)]


def test_no_document_is_in_both_halves() -> None:
    """Nor are two that differ in names alone, nor one document by two languages."""
    languages = dict.fromkeys(cell.language for cell in cells())
    prompts = [prompt for language in languages for prompt in asked(language, "document", 99, None)]
    open_half, sealed = ([p for p in prompts if p.sealed == half] for half in (False, True))
    assert len({p.document for p in sealed}) == 4 and len(open_half) > len(sealed) > 100
    assert not shared_documents(prompts)
    assert not {_end(p) for p in open_half} & {_end(p) for p in sealed}


def _end(prompt: Asked) -> str:
    assert prompt.document is not None
    return prompt.document[-8:]  # no names stand there


def test_prompts_to_train_on_share_no_text_with_the_set(tmp_path: Path) -> None:
    file = tmp_path / "training.jsonl"
    assert CliRunner().invoke(app, ["prompts", str(file)], catch_exceptions=False).exit_code == 0
    read = {prompt.messages[-1].content for prompts in read_prompts(file).values() for prompt in prompts}
    kinds = dict.fromkeys((c.language, c.kind) for c in cells())
    measured = [prompt for kind in kinds for prompt in asked(*kind, 99, None)]
    documents = {
        prompt.messages[0][1].removeprefix("[1] ").split("\n\n")[0] for prompt in measured if prompt.kind == "document"
    }
    assert len(read) > 100 and len(documents) > 8
    lines = file.read_text(encoding="utf-8")
    assert not any(json.dumps(document, ensure_ascii=False)[1:-1] in lines for document in documents)
    assert not read & {prompt.messages[0][1] for prompt in measured if prompt.kind == "plain"}


def test_prompts_to_train_on_may_be_of_one_kind_and_of_some_languages(tmp_path: Path) -> None:
    file = tmp_path / "documents.jsonl"
    command = ["prompts", str(file), "--kind", "document", "--languages", "ko,de"]
    assert CliRunner().invoke(app, command, catch_exceptions=False).exit_code == 0
    read = read_prompts(file)
    assert set(read) == {"ko", "de"}
    assert all(len(prompt.messages) == 2 or "\n\n" in prompt.messages[0].content for p in read.values() for prompt in p)


def test_a_kept_set_is_read_as_it_was(tmp_path: Path) -> None:
    kept, prompts = [Cell("ko", "document", 1.0, 48)], asked("ko", "document", 8, None)
    write_kept(tmp_path / "set.json", kept, prompts, {"model": "m"})
    assert read_kept(tmp_path / "set.json") == (kept, prompts)


def test_a_prompt_stays_in_the_half_that_was_recorded(tmp_path: Path) -> None:
    other = [replace(prompt, sealed=not prompt.sealed) for prompt in asked("ko", "document", 32, None)]
    write_kept(tmp_path / "set.json", [], other, {})
    assert read_kept(tmp_path / "set.json")[1] == other


@pytest.mark.filterwarnings("ignore:.*outputs without the settings")
def test_a_set_whose_halves_share_a_document_has_no_sealed_half(tmp_path: Path) -> None:
    cell, prompts = Cell("ko", "document", 1.0, 48), asked("ko", "document", 32, None)
    for number, halves in enumerate((prompts, [replace(p, sealed=i % 2 == 0) for i, p in enumerate(prompts)])):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_kept(folder / "set.json", [cell], halves, {})
        verdicts = {p.id: [dict.fromkeys(("mixed", "letters", "ours"), i % 3 == 0)] for i, p in enumerate(prompts)}
        for name in ("base", "a-0"):
            (folder / f"{name}.json").write_text(json.dumps({str(cell): verdicts}))
        command = ["compare", "--out", str(folder), "--adapter", "a=unused", "--draws", "1"]
        assert CliRunner().invoke(app, command, catch_exceptions=False).exit_code == 0
    assert _halves(tmp_path / "0") == {"open": (16, 4), "sealed": (16, 4), "both": (32, 8)}
    assert _halves(tmp_path / "1") == {"both": (32, 8)}


def _halves(folder: Path) -> dict[str, tuple[int, int]]:
    rows = json.loads((folder / "report.json").read_text())
    return {row["half"]: (row["prompts"], row["units"]) for row in rows}


@pytest.mark.parametrize(
    ("tag", "answer", "said", "mixed"),
    [
        ("ko", "오늘은 날씨가 좋아요. Python은 좋아요.", "", False),
        ("ko", "오늘은 天氣가 좋아요.", "", True),
        ("ko", "축제는 龙门에서 열려요.", "庙会在龙门举行。", False),  # copied
        ("ko", "축제는 龙门에서 举办 열려요.", "庙会在龙门举行。", True),
        ("de", "Das Wetter ist хорошая heute.", "", True),
        ("de", "Das Wetter is very nice today.", "", False),  # English is neutral
        ("ja", "今日は天気がいいです。π は円周率です。", "", False),
        ("zh", "今天天气很好。", "", False),
        ("zh", "今天天气 хорошая 很好。", "", True),
    ],
)
def test_the_letters_tell_whether_scripts_are_mixed(tag: str, answer: str, said: str, mixed: bool) -> None:
    found = judged(answer, tag, [said])
    assert (found["mixed"], found["letters"]) == (mixed, mixed)
    assert ("paper" in found) == (tag != "de")
    assert found.get("paper", mixed) is mixed


def test_an_answer_wholly_in_another_script_is_not_mixed() -> None:
    found = judged("这是一个很好的节日。", "ko", [])
    assert (found["mixed"], found["letters"], found["paper"]) == (False, True, True)


def plain(number: int) -> Asked:
    return Asked(f"ko-{number}", "ko", "plain", (("user", f"{number}?"),), False)


def below(document: int, language: str, number: int) -> Asked:
    return Asked(
        f"{language}-{document}-{number}", language, "document", (("user", f"{document}\n\n{number}?"),), False
    )


def shares(values: Any) -> dict[str, float]:
    return {f"ko-{number}": float(value) for number, value in enumerate(values)}


def test_a_fall_on_most_prompts_is_significant_and_noise_is_not() -> None:
    random = np.random.default_rng(1)
    base = random.integers(0, 3, size=60) / 2
    less = base * (random.random((3, 60)) < 0.4)
    prompts = list(map(plain, range(60)))
    found = compare(prompts, shares(base), [shares(seed) for seed in less])
    assert found.p < 0.001 and found.prompts == found.units == 60
    assert found.fall.value == pytest.approx(1 - less.mean() / base.mean())
    assert found.fall.low is not None and found.fall.low > 0
    assert found.base.low < found.base.value < found.base.high  # type: ignore[operator]
    same = compare(prompts, shares(base), [shares(random.permutation(base))])
    assert same.p > 0.05 and same.fall.low < 0 < same.fall.high  # type: ignore[operator]


def test_the_permutation_test_is_exact_where_it_can_be_counted() -> None:
    found = compare(list(map(plain, range(6))), shares(np.ones(6)), [shares(np.zeros(6))])
    assert found.p == 2 / 2**6  # all swapped alike, either way


def test_prompts_about_one_document_are_swapped_together_in_all_languages() -> None:
    prompts = [below(document, language, n) for document in range(3) for language in ("ko", "ar") for n in range(4)]
    found = compare(prompts, {p.id: 1.0 for p in prompts}, [{p.id: 0.0 for p in prompts}])
    assert (found.prompts, found.units) == (24, 3)
    assert found.p == 2 / 2**3
    assert found.fall.low == 0.0  # by the rule of three, over documents


def test_more_prompts_about_the_same_documents_do_not_narrow_the_interval() -> None:
    few, many = ([below(document, "ko", n) for document in range(8) for n in range(each)] for each in (1, 9))
    one, nine = (_of_half_of_the_documents(prompts).base for prompts in (few, many))
    assert nine.value == one.value == 0.5
    assert one.low is not None and one.low < 0.3 and (nine.low, nine.high) == (one.low, one.high)


def test_questions_that_stand_alone_keep_their_share_beside_documents() -> None:
    """Each kind is drawn by itself: where only documents differ, so many documents tell how wide the interval is."""
    prompts = [below(document, "ko", n) for document in range(8) for n in range(4)]
    alone, mixed = (_of_half_of_the_documents(of).base for of in (prompts, [*prompts, *map(plain, range(32))]))
    assert (mixed.low, mixed.high) == (alone.low / 2, alone.high / 2)  # type: ignore[operator]


def _of_half_of_the_documents(prompts: list[Asked]) -> Comparison:
    """A base that mixes scripts below every other document."""
    base = {p.id: float(p.document in ("0", "2", "4", "6")) for p in prompts}
    return compare(prompts, base, [base])


def test_a_set_is_found_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contexts, "LENGTHS", (4, 8))
    model = str(small_model_folder(CACHE))
    given = ["--out", str(tmp_path), "--model", model]
    found = CliRunner().invoke(
        app, ["find", *given, "--most", "8", "--share", "0", "--languages", "el"], catch_exceptions=False
    )
    assert found.exit_code == 0, found.output
    kept, prompts = read_kept(tmp_path / "set.json")
    assert {cell.language for cell in kept} == {"el"}
    assert {prompt.sealed for prompt in prompts} == {True, False}
    adapter = _adapter(tmp_path / "adapter", model)
    done = CliRunner().invoke(
        app,
        ["compare", *given, "--adapter", f"nothing={adapter}", "--draws", "1", "--cell-limit", "1"],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    rows = json.loads((tmp_path / "report.json").read_text())
    assert {row["half"] for row in rows} == {"open", "sealed", "both"}
    assert {row["judge"] for row in rows} == {"mixed", "letters", "paper", "ours"}
    assert all(row["base"] == row["other"] and row["p"] == 1.0 for row in rows)  # the adapter changes nothing
    document = tmp_path / "page.md"
    document.write_text(f"{BEGIN}\n{END}\nafter\n", encoding="utf-8")
    command = ["table", "--out", str(tmp_path), "--document", str(document)]
    assert CliRunner().invoke(app, command, catch_exceptions=False).exit_code == 0
    page = document.read_text(encoding="utf-8")
    assert (
        page.count("| nothing | ours | all | sealed |") == page.count("| nothing | Unicode | el, ") == 1
        and "open" not in page
        and page.endswith("after\n")
    )


def _adapter(folder: Path, model: str) -> Path:
    from peft import LoraConfig, get_peft_model

    from tlpo_guard.models.load import load_model

    lora = LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM")
    get_peft_model(load_model(model, cache_dir=CACHE).model, lora).save_pretrained(folder)  # type: ignore[arg-type]
    return folder
