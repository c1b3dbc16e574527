"""What a warm process has imported and read: the fork server imports this module once, for all processes that it forks."""

import gc

import accelerate  # noqa: F401
import datasets  # noqa: F401
import peft  # noqa: F401
import sqlalchemy.dialects.sqlite  # noqa: F401
import transformers  # noqa: F401
import uvicorn  # noqa: F401

import distill.run.session  # noqa: F401
import server.app  # noqa: F401
import tlpo_guard.cli
import tlpo_guard.scan_report
from distill.report.plots import bars
from tlpo_guard.intent import Message, expected_language
from tlpo_guard.lcb.english_words import english_words

tlpo_guard.cli.create_app()  # imports what the command line's parts import
# What is kept once it is made: fonts, lists of words, and models of languages.
bars("warm", {"ko": (1.0, 2.0)}, what="%")
english_words()
expected_language((), (), [Message("user", "Wie wird das Wetter morgen?")])
gc.collect()
gc.freeze()  # forked processes leave these pages shared
