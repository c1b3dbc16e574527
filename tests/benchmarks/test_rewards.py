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
    for language, count in counted.items():
        (found, wrong), (left, right), (in_code, code) = (count[label] for label in "WRC")
        assert min(wrong, right) >= 50 and found >= WRONG_FOUND * wrong, language
        assert left >= RIGHT_LEFT * right and in_code == code, language
