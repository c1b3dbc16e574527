"""The distiller's rewards on candidates that were labelled by hand; nothing was written or set by the sealed ones."""

from pathlib import Path

from benchmarks.candidates import LANGUAGES, candidates
from benchmarks.rewards import RIGHT_LEFT, WRONG_FOUND, judge_of, markdown, shares
from tests.docs.blocks import DOCS
from tlpo_guard.models.load import LoadedModel


def test_sealed_candidates_are_found_and_left(smollm2: LoadedModel, tmp_path: Path) -> None:
    judge = judge_of(smollm2, tmp_path)
    counted = {language: shares(candidates(language, "sealed"), judge)[0] for language in LANGUAGES}
    assert markdown(counted) in (DOCS / "quality.md").read_text(encoding="utf-8")
    found, left, in_code = (
        [sum(count[label][place] for count in counted.values()) for place in (0, 1)] for label in "WRC"
    )
    assert found[0] >= WRONG_FOUND * found[1] and left[0] >= RIGHT_LEFT * left[1] and in_code[0] == in_code[1]
    assert min(found[1], left[1]) > 300
    for language, count in counted.items():  # some fifty of each, so that two misses are four in a hundred
        assert count["W"][0] >= 0.9 * count["W"][1] and count["R"][0] >= 0.94 * count["R"][1], language
