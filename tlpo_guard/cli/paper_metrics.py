"""The TLPO paper's figures, as `eval --metrics paper` and `eval model --questions` show them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tlpo_guard.cli.tables import print_table

if TYPE_CHECKING:
    from tlpo_guard.lcb.asking import Question, Reply
    from tlpo_guard.lcb.outputs import Completion

__all__ = ["AskedQuestions", "print_paper_rates", "show_accuracy"]


class AskedQuestions:
    """Files of multiple-choice questions, as prompts.

    Args:
        files: JSONL; each is a task.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        from tlpo_guard.paper.questions import read_questions

        self._by_task = {str(file): read_questions(file) for file in files}

    def prompts(self) -> "list[Question]":
        """One prompt a question."""
        from tlpo_guard.lcb.asking import Question
        from tlpo_guard.paper.questions import asked

        return [
            Question(f"{task}:{number}", [{"role": "user", "content": asked(question)}], "")
            for task, questions in self._by_task.items()
            for number, question in enumerate(questions)
        ]

    def accuracy(self, replies: "Iterable[Reply]") -> dict[str, float]:
        """Percent of right replies by task; `mean` over tasks. A reply that failed is left out."""
        from tlpo_guard.paper.questions import chosen

        right: dict[str, list[bool]] = {}
        for reply in replies:
            if reply.text is not None:
                task, _, number = reply.question.id.rpartition(":")
                question = self._by_task[task][int(number)]
                right.setdefault(task, []).append(chosen(reply.text, question) == question.answer)
        by_task = {task: 100.0 * sum(found) / len(found) for task, found in right.items()}
        return by_task | ({"mean": sum(by_task.values()) / len(by_task)} if by_task else {})


def show_accuracy(accuracy: Mapping[str, float]) -> None:
    """As a table."""
    from rich.table import Table

    table = Table("questions", "accuracy")
    for task, value in accuracy.items():
        table.add_row(task, f"{value:.2f}")
    print_table(table)


def print_paper_rates(
    title: str, completions: "Iterable[Completion]", form: str, accuracy: Mapping[str, float] | None = None
) -> None:
    """The paper's pass rates by language, and the languages' means; as a table, or as JSON with the accuracy beside them."""
    from dataclasses import asdict

    from tlpo_guard.paper import paper_rates

    rates = paper_rates((row.language, row.completion) for row in completions)
    if form == "json":
        rows = [{"language": tag or None, **asdict(rate)} for tag, rate in rates.items()]
        shown: dict[str, Any] = {"outputs": title, "metrics": "paper", "rates": rows}
        typer.echo(json.dumps(shown | ({"accuracy": accuracy} if accuracy else {}), ensure_ascii=False))
        return
    from rich.table import Table

    columns = ("RPR, English neutral", "WPR, English neutral", "RPR, English counted", "WPR, English counted")
    table = Table("language", "answers", *columns, title=title)
    for tag, rate in rates.items():
        values = (rate.rpr_neutral, rate.wpr_neutral, rate.rpr_counted, rate.wpr_counted)
        table.add_row(tag or "mean", str(rate.answers), *("" if v is None else f"{v:.2f}" for v in values))
    print_table(table)
    if accuracy:
        show_accuracy(accuracy)
