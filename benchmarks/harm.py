"""What the guard does to ordinary conversations: the expected language, right answers under `mask`, and the scanner.

    python -m benchmarks.harm --half open

Over the conversations of benchmarks/conversations, by kind and by language. `--errors` prints each one that comes out wrong,
`--kind` and `--language` take some of them. The sealed half is for a last figure: do not print its errors while you tune.

wrong: another language than any that the answer may be in. claimed: of those, the ones whose right language is still claimed.
touched: right answers that the mask would not let the packaged model write as they are, in tokens of its tokenizer.
alarms: right answers in which the scanner finds drift, or drifting ones in which it finds more. missed: foreign pieces not found.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.conversations import HALVES, Conversation, conversations
from benchmarks.masked import Masking
from tlpo_guard.intent import Intent, Message, expected_language
from tlpo_guard.scan import Answer, Scanner

BARS = {"wrong": 1.5, "unknown": 8.0, "touched": 0.3}  # percent
_SAME = {"no": "nb", "tl": "fil", "iw": "he", "in": "id"}
_MEGABYTES = 4
_RULES = 400  # system messages of 1 KB


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=[*HALVES, "all"], default="open", help="which conversations")
    parser.add_argument("--kind", help="only kinds that begin so")
    parser.add_argument("--language", help="only these languages, with commas")
    parser.add_argument("--errors", action="store_true", help="print what is wrong")
    parser.add_argument("--no-mask", action="store_true", help="leave the mask out, which loads a tokenizer")
    parser.add_argument("--cache", type=Path, default=Path("data/cache"), help="where the tokenizer is unpacked")
    chosen = parser.parse_args()
    console = Console(width=None if Console().is_terminal else 150)
    cases = [one for one in conversations(chosen.half) if _taken(one, chosen.kind, chosen.language)]
    bench = Bench(None if chosen.no_mask else Masking(chosen.cache), console if chosen.errors else None)
    for case in cases:
        bench.judge(case)
    for name, totals in (("kind", bench.kinds), ("language", bench.languages)):
        console.print(_table(name, totals))
    console.print(_speed_table(bench.seconds))


def _taken(case: Conversation, kind: str | None, languages: str | None) -> bool:
    return case.kind.startswith(kind or "") and (languages is None or case.language in languages.split(","))


class Bench:
    """Counts by kind and by language, and prints what is wrong as it comes.

    Attributes:
        seconds: of each decision on the expected language.
    """

    def __init__(self, masking: Masking | None, errors: Console | None) -> None:
        self.kinds: dict[str, Counter[str]] = {}
        self.languages: dict[str, Counter[str]] = {}
        self.seconds: list[float] = []
        self._masking = masking
        self._errors = errors
        self._scanners = {strict: Scanner(allow_english=not strict) for strict in (False, True)}
        expected_language((), (), [Message("user", "What is the weather like in Rome in May?")])

    def judge(self, case: Conversation) -> None:
        """Count one conversation."""
        began = time.perf_counter()
        intent = expected_language((), (), case.messages)
        self.seconds.append(time.perf_counter() - began)
        found = Counter(self._verdicts(case, intent))
        self.kinds.setdefault(case.kind, Counter()).update(found)
        self.languages.setdefault(case.language, Counter()).update(found)

    def _verdicts(self, case: Conversation, intent: Intent) -> Iterator[str]:
        if case.expected:
            yield "asked"
            yield from self._expectation(case, intent)
        if case.answer is not None:
            yield from self._answer(case, intent)

    def _expectation(self, case: Conversation, intent: Intent) -> Iterator[str]:
        if accepted(intent.languages, case.expected):
            return
        if not intent.languages:
            yield "unknown"
            self._tell(case, "unknown", intent, f"expected {case.expected}")
            return
        yield "wrong"
        if accepted((*intent.languages, *intent.claimed), case.expected) or any(
            accepted((tag,), case.expected) for tag in intent.claimed
        ):
            yield "claimed"
        self._tell(case, "wrong", intent, f"expected {case.expected}")

    def _answer(self, case: Conversation, intent: Intent) -> Iterator[str]:
        assert case.answer is not None
        drifts = self._scanners[case.strict].scan(Answer(case.answer, case.messages)).drifts
        yield "drifting" if case.drift else "right"
        if self._masking is not None and not case.drift:
            blocked = self._masking.blocked(case.messages, case.answer, strict=case.strict)
            if blocked:
                yield "touched"
                self._tell(case, "touched", intent, " | ".join(case.answer[start:end] for start, end in blocked))
        pieces = list(_places(case))
        stray = [d for d in drifts if all(d.end <= start or end <= d.start for start, end in pieces)]
        if stray:
            yield "alarms"
            self._tell(case, "alarm", intent, " | ".join(case.answer[d.start : d.end] for d in stray))
        missed = [p for p in pieces if all(d.end <= p[0] or p[1] <= d.start for d in drifts)]
        if missed:
            yield "missed"
            self._tell(case, "missed", intent, " | ".join(case.answer[start:end] for start, end in missed))

    def _tell(self, case: Conversation, what: str, intent: Intent, more: str) -> None:
        if self._errors is None:
            return
        said = " | ".join(message.text for message in case.messages).replace("\n", " ")
        also = f" admitted {','.join(intent.admitted)}" if intent.admitted else ""
        also += f" claimed {','.join(intent.claimed)}" if intent.claimed else ""
        got = f"got {','.join(intent.languages) or None} ({intent.decided_by} {intent.confidence:.2f}){also}"
        line = f"{what} {case.name}: {got}; {more}: {said[:120]} … {said[-60:]}"
        self._errors.print(line, markup=False, highlight=False, soft_wrap=True)


def accepted(languages: Sequence[str], alternatives: Sequence[str]) -> bool:
    """Whether languages are one of the alternatives; bare Chinese stands for Simplified, too."""
    got = {_SAME.get(tag, tag) for tag in languages}
    for tags in alternatives:
        wanted = {tag for tag in tags.split(",") if tag}
        if got == wanted or got == {"zh" if tag == "zh-Hans" else tag for tag in wanted}:
            return True
    return False


def _places(case: Conversation) -> Iterator[tuple[int, int]]:
    """Where the foreign pieces of the answer stand."""
    at = 0
    for piece in case.drift:
        start = (case.answer or "").index(piece, at)
        at = start + len(piece)
        yield start, at


def _table(name: str, totals: dict[str, Counter[str]]) -> Table:
    columns = (
        "conversations",
        "wrong %",
        "claimed %",
        "unknown %",
        "right",
        "touched %",
        "drifting",
        "alarms %",
        "missed %",
    )
    table = Table(name, *columns, title=f"harm, by {name}")
    for key in sorted(totals):
        table.add_row(key, *_figures(totals[key]))
    table.add_section()
    table.add_row("all", *_figures(sum(totals.values(), Counter())))
    bars = [f"≤ {BARS[key]}" for key in ("wrong", "unknown", "touched")]
    table.add_row("bar", "", bars[0], "", bars[1], "", bars[2], "", "", "")
    return table


def _figures(counts: Counter[str]) -> list[str]:
    def share(what: str, *of: str) -> str:
        whole = sum(counts[key] for key in of)
        return f"{100 * counts[what] / whole:.2f}" if whole else "-"

    return [
        str(counts["asked"]),
        share("wrong", "asked"),
        share("claimed", "asked"),
        share("unknown", "asked"),
        str(counts["right"]),
        share("touched", "right"),
        str(counts["drifting"]),
        share("alarms", "right", "drifting"),
        share("missed", "drifting"),
    ]


def _speed_table(seconds: Sequence[float]) -> Table:
    table = Table("expected language of", "time", "bar", title="speed")
    ordered = sorted(seconds)
    if ordered:
        table.add_row("these conversations, median", f"{1e3 * ordered[len(ordered) // 2]:.2f} ms", "≤ 5 ms")
        table.add_row("these conversations, 99%", f"{1e3 * ordered[len(ordered) * 99 // 100]:.2f} ms", "")
    for name, messages in _long_conversations():
        began = time.perf_counter()
        expected_language((), (), messages)
        table.add_row(name, f"{1e3 * (time.perf_counter() - began):.0f} ms", "≤ 200 ms")
    return table


def _long_conversations() -> Iterator[tuple[str, list[Message]]]:
    plain = [one for one in conversations() if one.kind == "plain"]
    said = [text for one in plain for text in (one.messages[-1].text, one.answer or "")]
    size, turns, at = 0, [], 0
    while size < _MEGABYTES * 10**6:
        question, answer = said[at % len(said)], said[(at + 1) % len(said)]
        turns += [Message("user", question), Message("assistant", answer)]
        size += len(question.encode()) + len(answer.encode())
        at += 2
    yield f"{_MEGABYTES} MB in {len(turns):,} messages", [*turns, Message("user", "And what about winter?")]
    document = "\n".join(message.text for message in turns)
    yield f"{_MEGABYTES} MB in one message", [Message("user", f"{document}\n\nWhat is this about?")]
    log = "2024-03-01 12:00:00 ERROR a.b.c.d failed: x.y.z(1, 2)\n" * (_MEGABYTES * 10**6 // 52)
    yield f"{_MEGABYTES} MB of a log", [Message("user", f"{log}\nWarum passiert das?")]
    dots = "a.b." * 10_000
    yield "40,000 characters of a.b.", [Message("user", dots)]
    rule = "Our Korean partners prefer short replies in the morning; the Spanish team writes longer ones. " * 11
    rules = [Message("system", f"Rule {i}. {rule[:1000]}") for i in range(_RULES)]
    yield f"{_RULES} system messages of 1 KB", [*rules, Message("user", "Wie bleibt Brot länger frisch?")]


if __name__ == "__main__":
    main()
