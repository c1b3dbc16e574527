"""Loading without the libraries' progress bars and warnings."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from huggingface_hub.utils import logging as hub_log
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
from transformers.utils import logging as transformers_log

__all__ = ["quiet", "without_bars"]


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars and no warnings of the libraries where nobody watches stderr."""
    if sys.stderr.isatty():
        yield
        return
    transformers_logging: Any = transformers_log
    hub_logging: Any = hub_log
    verbosity, hub_verbosity = transformers_logging.get_verbosity(), hub_logging.get_verbosity()
    bars, hub_bars = transformers_logging.is_progress_bar_enabled(), not are_progress_bars_disabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    hub_logging.set_verbosity_error()
    disable_progress_bars()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        hub_logging.set_verbosity(hub_verbosity)
        if bars:
            transformers_logging.enable_progress_bar()
        if hub_bars:
            enable_progress_bars()


@contextmanager
def without_bars() -> Iterator[None]:
    """The bars of the GGUF reader heed no setting; they go to whatever stderr is."""
    if sys.stderr.isatty():
        yield
        return
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        yield
