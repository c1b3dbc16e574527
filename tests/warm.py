"""What a warm process has imported: the fork server imports this module once, for all processes that it forks."""

import gc

import accelerate  # noqa: F401
import datasets  # noqa: F401
import peft  # noqa: F401
import transformers  # noqa: F401
import uvicorn  # noqa: F401

import distill.run.session  # noqa: F401
import server.app  # noqa: F401
import tlpo_guard.cli

tlpo_guard.cli.create_app()  # imports what the command line's parts import
gc.collect()
gc.freeze()  # forked processes leave these pages shared
