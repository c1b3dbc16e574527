"""The flags that are meant for llama.cpp itself."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from tlpo_guard.errors import ConfigurationError

__all__ = ["tokens_together"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(f"llama.cpp's own flags: {message}; known is --ubatch-size")


def tokens_together(flags: Sequence[str]) -> int | None:
    """How many tokens libllama computes together; None leaves it to the context.

    Raises:
        ConfigurationError: flags that are not known here.
    """
    parser = _Parser(prog="llama.cpp", add_help=False, allow_abbrev=False)
    parser.add_argument("-ub", "--ubatch-size", type=_count)
    chosen: int | None = parser.parse_args(list(flags)).ubatch_size
    return chosen


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of tokens")
    return int(text)
