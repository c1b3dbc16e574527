"""How often the expected language is right, beside fastText's language of the last user message.

    python -m benchmarks.intent --data ../shared/data

Prompts of the Language Confusion Benchmark (Marchisio et al. 2024), where the file names the language, and the conversations
written for the tests. `--errors` prints each one that is wrong.
"""

import argparse
import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tlpo_guard.intent import Message, expected_language, message_of
from tlpo_guard.languages.lid import predict

_CONVERSATIONS = Path(__file__).parents[1] / "tests" / "tlpo_guard" / "intent"


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation and the language that its answer should be in."""

    name: str
    messages: list[Message]
    expected: str | None


def benchmark_cases(archive: Path, setting: str) -> Iterator[Case]:
    """Prompts of one setting, `monolingual` or `crosslingual`, one at a time."""
    with zipfile.ZipFile(archive) as files:
        for name in sorted(files.namelist()):
            if f"/{setting}/" not in f"/{name}" or not name.endswith(".csv") or "__MACOSX" in name:
                continue
            rows = csv.DictReader(io.StringIO(files.read(name).decode("utf-8"), newline=""))
            for i, row in enumerate(rows):
                yield Case(f"{name}:{i}", [Message("user", row["prompt"])], Path(name).stem)


def written_cases(half: str) -> Iterator[Case]:
    """The tests' conversations, `dev` or `held_out`."""
    for line in (_CONVERSATIONS / f"adversarial_{half}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Case(row["id"], [message_of(message) for message in row["messages"]], row["expected"])


def plain_fasttext(messages: list[Message]) -> str | None:
    """fastText's most probable label of the last user message."""
    text = [message.text for message in messages if message.role == "user"][-1]
    guesses = predict(text)
    return guesses[0][0] if guesses else None


def measure(cases: Iterator[Case], console: Console, *, errors: bool) -> tuple[int, int, int, list[float]]:
    """(cases, right, right by plain fastText, seconds per decision)."""
    count = right = plain = 0
    seconds = []
    for case in cases:
        began = time.perf_counter()
        intent = expected_language((), (), case.messages)
        seconds.append(time.perf_counter() - began)
        got = ",".join(intent.languages) or None
        if case.expected == "zh" and got in ("zh-Hans", "zh-Hant"):
            got = "zh"  # the files say Chinese where the characters tell which writing
        count, right = count + 1, right + (got == case.expected)
        plain += plain_fasttext(case.messages) == case.expected
        if errors and got != case.expected:
            text = " | ".join(message.text for message in case.messages).replace("\n", " ")
            line = (
                f"{case.name}: expected {case.expected}, got {got} ({intent.decided_by}): {text[:160]} … {text[-60:]}"
            )
            console.print(line, markup=False, highlight=False)
    return count, right, plain, sorted(seconds)


def report(data: Path, console: Console, *, errors: bool = False) -> None:
    """Print the table."""
    archive = data / "lcb" / "test_sets.zip"
    sets = {
        "LCB cross-lingual": benchmark_cases(archive, "crosslingual"),
        "LCB monolingual": benchmark_cases(archive, "monolingual"),
        "adversarial dev": written_cases("dev"),
        "adversarial held-out": written_cases("held_out"),
    }
    columns = ("set", "conversations", "expected_language", "plain fastText", "median ms", "99% ms")
    table = Table(*columns, title="expected language")
    expected_language((), (), [Message("user", "Warm up in English, s'il te plaît")])
    for name, cases in sets.items():
        count, right, plain, seconds = measure(cases, console, errors=errors)
        times = (f"{1e3 * seconds[count // 2]:.2f}", f"{1e3 * seconds[count * 99 // 100]:.2f}")
        table.add_row(name, str(count), f"{right / count:.2%}", f"{plain / count:.2%}", *times)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds lcb/test_sets.zip")
    parser.add_argument("--errors", action="store_true", help="print what is wrong")
    arguments = parser.parse_args()
    console = Console(width=None if Console().is_terminal else 120)
    report(arguments.data, console, errors=arguments.errors)


if __name__ == "__main__":
    main()
