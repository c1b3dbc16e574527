"""Multiple-choice questions of BIG-bench (Srivastava et al. 2022, Apache-2.0), out of its package on PyPI, `bigbench` 1.0.0."""

import json
import random
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

__all__ = ["TASKS", "Row", "questions_of_package"]

Row = Mapping[str, Any]
TASKS = frozenset(
    {
        "anachronisms",
        "cause_and_effect/one_sentence",
        "crass_ai",
        "cryobiology_spanish",
        "empirical_judgments",
        "english_proverbs",
        "english_russian_proverbs",
        "entailed_polarity",
        "figure_of_speech_detection",
        "general_knowledge",
        "hindu_knowledge",
        "human_organs_senses",
        "identify_odd_metaphor",
        "implicatures",
        "known_unknowns",
        "misconceptions",
        "misconceptions_russian",
        "nonsense_words_grammar",
        "novel_concepts",
        "odd_one_out",
        "persian_idioms",
        "phrase_relatedness",
        "physical_intuition",
        "riddle_sense",
        "similarities_abstraction",
        "swedish_to_german_proverbs",
        "understanding_fables",
    }
)
_FOLDER = "benchmark_tasks"
_LONGEST = 1200  # characters of a question
_MOST_CHOICES = 10


def questions_of_package(archive: Path, per_task: int) -> Iterator[Row]:
    """Questions with one right choice, as lines of the distiller's `evaluation.questions`; `task` names where one is from.

    Args:
        archive: `bigbench-1.0.0.tar.gz`, as `pip download --no-deps --no-binary :all: bigbench==1.0.0` leaves it.
        per_task: most of one task; which ones, is the same every time.
    """
    with tarfile.open(archive) as files:
        for member in files:
            path = PurePosixPath(member.name)
            if path.name != "task.json" or _FOLDER not in path.parts:
                continue
            task = "/".join(path.parts[path.parts.index(_FOLDER) + 1 : -1])
            if task in TASKS and (file := files.extractfile(member)) is not None:
                rows = list(_questions(task, json.load(file)))
                yield from random.Random(task).sample(rows, min(per_task, len(rows)))


def _questions(task: str, content: Mapping[str, Any]) -> Iterator[Row]:
    for example in content["examples"]:
        question = (example["input"].strip() or content.get("task_prefix", "")).strip()
        scores = example.get("target_scores", {})
        right = [choice for choice, score in scores.items() if score == 1]
        choices = [choice for choice in scores if choice.strip()]
        if question and len(question) <= _LONGEST and len(right) == 1 and 1 < len(choices) <= _MOST_CHOICES:
            yield {"question": question, "choices": choices, "answer": choices.index(right[0]), "task": task}
