"""The flags behind `--` that are llama.cpp's own."""

import pytest

from server.engines.llama_cpp.arguments import tokens_together
from tlpo_guard.errors import ConfigurationError


@pytest.mark.parametrize(
    ("flags", "together"), [((), None), (("--ubatch-size", "512"), 512), (("--ubatch-size=64",), 64), (("-ub", "1"), 1)]
)
def test_how_many_tokens_are_computed_together(flags: tuple[str, ...], together: int | None) -> None:
    assert tokens_together(flags) == together


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--ubatch-size", "0"), "0 is no number of tokens"),
        (("--ubatch-size", "many"), "many is no number of tokens"),
        (("--ubatch-size",), "expected one argument"),
        (("--ubatch", "512"), "unrecognized arguments: --ubatch 512; known is --ubatch-size"),
        (("--n-gpu-layers", "9"), "unrecognized arguments: --n-gpu-layers 9; known is --ubatch-size"),
    ],
)
def test_other_flags_are_refused_by_name(flags: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"llama.cpp's own flags: .*{said}"):
        tokens_together(flags)
