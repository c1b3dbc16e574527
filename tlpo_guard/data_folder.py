"""A data folder that nobody but its owner can read: prompts and answers are in it."""

import logging
import os
from pathlib import Path

__all__ = ["make_private", "open_private"]

logger = logging.getLogger(__name__)

_OTHERS = 0o077


def make_private(folder: Path) -> None:
    """Make a folder for its owner alone, where there is none yet; raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def open_private(folder: Path) -> None:
    """Make a folder for its owner alone, as all that this process makes from now on; warn where others can look into it.

    Raises:
        OSError: it cannot be made.
    """
    os.umask(_OTHERS)
    make_private(folder)
    if folder.stat().st_mode & _OTHERS:
        logger.warning("others on this machine can look into %s; `chmod -R go= %s` keeps them out", folder, folder)
