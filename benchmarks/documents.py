"""Answers over documents in another language: what they copy may stay, and where they slip into the document's language is found.

    python -m benchmarks.documents

Korean, Arabic, Russian and Japanese answers to questions about Chinese and English documents in the prompt, all strict. The bars
are for the first three; Japanese shares its characters with Chinese. A clean
answer copies names, terms and short quotations as the document writes them. One that slips has a word, a clause or a sentence in
the document's language that does not stand there. `--errors` prints what is flagged or missed. The scanner judges whole answers;
the mask is that of the packaged model's tokenizer.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.conversations.passages import SLIPS, VARIANTS, Topic, topics
from benchmarks.masked import Masking
from tlpo_guard.intent import Message
from tlpo_guard.scan import Answer, Scanner

_LANGUAGES = ("ko", "ar", "ru", "ja")
_FACT = re.compile(r"\{(\w+)\}")
_UNSPACED = "ja"
COPIED_BAR, FOUND_BAR = 1.0, 97.0  # percent

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """An answer over a document.

    Attributes:
        slip: `clean`, `word`, `clause` or `sentence`.
        copied: spans of the answer that the document has.
        foreign: the span that must be found, or None.
    """

    name: str
    language: str
    document: str
    slip: str
    messages: tuple[Message, ...]
    answer: str
    copied: tuple[Span, ...]
    foreign: Span | None


def cases() -> Iterator[Case]:
    """All of them, in a fixed order."""
    number = 0
    for topic in topics():
        for source in topic.documents:
            for language in _LANGUAGES:
                for variant in range(VARIANTS):
                    for slip in ("clean", "word", "clause", "sentence"):
                        yield _case(topic, source, language, variant, slip, number)
                    number += 1


def _case(topic: Topic, source: str, language: str, variant: int, slip: str, number: int) -> Case:
    facts = {name: values[variant] for name, values in topic.facts[source].items()}
    document = topic.documents[source].format(**facts)
    question = topic.questions[language]
    if variant:
        rule = "Answer the question with the help of these passages."
        messages = (Message("system", f"{rule}\n\n[1] {document}"), Message("user", question))
    else:
        messages = (Message("user", f"{document}\n\n{question}"),)
    sentences, foreign = list(topic.answers[language]), ""
    if slip != "clean":
        choices: tuple[str, ...] = getattr(SLIPS[source], slip)
        foreign = choices[number % len(choices)]
        assert foreign not in document, (topic.name, foreign)
        sentences[1:2] = _slipped(sentences[1], slip, foreign, language)
    text, copied, at = _filled(("" if language == _UNSPACED else " ").join(sentences), facts)
    name = f"{topic.name}/{source}/{language}/{variant}/{slip}"
    return Case(name, language, source, slip, messages, text, copied, at)


def _slipped(sentence: str, slip: str, foreign: str, language: str) -> list[str]:
    """The sentence with the foreign piece, marked by a pair of NULs."""
    piece = f"\0{foreign}\0"
    if slip == "sentence":
        return [sentence, piece]
    if slip == "clause":
        comma = {"ja": "、", "ar": "، "}.get(language, ", ")
        return [f"{sentence[:-1]}{comma}{piece}{sentence[-1]}"]
    if language == _UNSPACED:
        return [re.sub("([はのと、])", rf"\1{piece}", sentence, count=1)]
    words = sentence.split(" ")
    return [" ".join([*words[:2], piece, *words[2:]])]


def _filled(text: str, facts: dict[str, str]) -> tuple[str, tuple[Span, ...], Span | None]:
    """The answer with its facts, their spans, and that of the marked piece."""
    made, copied, marks = "", [], []
    for part in re.split(r"(\{\w+\}|\0)", text):
        if part == "\0":
            marks.append(len(made))
        elif fact := _FACT.fullmatch(part):
            copied.append((len(made), len(made) + len(facts[fact[1]])))
            made += facts[fact[1]]
        else:
            made += part
    return made, tuple(copied), (marks[0], marks[1]) if marks else None


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="print what is flagged or missed")
    parser.add_argument("--cache", type=Path, default=Path("data/cache"), help="where the tokenizer is unpacked")
    chosen = parser.parse_args()
    console = Console(width=None if Console().is_terminal else 130)
    scanner, masking = Scanner(allow_english=False), Masking(chosen.cache)
    totals: dict[str, dict[tuple[str, str], Counter[str]]] = {"scanner": {}, "mask": {}}
    for case in cases():
        spans = {
            "scanner": [(d.start, d.end) for d in scanner.scan(Answer(case.answer, case.messages)).drifts],
            "mask": masking.blocked(case.messages, case.answer, strict=True),
        }
        for judge, flagged in spans.items():
            found = _verdicts(case, flagged)
            totals[judge].setdefault((case.language, case.document), Counter()).update(found)
            if chosen.errors and any(key.endswith(("flagged", "missed", "stray")) for key in found):
                pieces = " | ".join(case.answer[start:end] for start, end in flagged)
                line = f"{judge} {case.name}: {', '.join(sorted(found))}: {pieces or '-'}: {case.answer}"
                console.print(line, markup=False, highlight=False, soft_wrap=True)
    for judge, rows in totals.items():
        console.print(_table(judge, rows))


def _verdicts(case: Case, flagged: list[Span]) -> Counter[str]:
    counts = Counter({f"{case.slip}": 1})
    if case.foreign is None:
        counts["copied"] = len(case.copied)
        counts["copied flagged"] = sum(_meets(span, flagged) for span in case.copied)
        counts["stray"] = any(not _meets(span, list(case.copied)) for span in flagged)
    else:
        counts[f"{case.slip} missed"] = not _meets(case.foreign, flagged)
    return +counts


def _meets(span: Span, others: list[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def _table(judge: str, rows: dict[tuple[str, str], Counter[str]]) -> Table:
    slips = ("word", "clause", "sentence")
    columns = ("answers", "copied", "flagged %", "other alarms", *(f"{slip} found %" for slip in slips), "found %")
    table = Table("answer", "document", *columns, title=f"{judge}, strict")
    for (language, source), counts in sorted(rows.items()):
        table.add_row(language, source, *_figures(counts, slips))
    table.add_section()
    others = sum((counts for (language, _), counts in rows.items() if language != "ja"), Counter[str]())
    table.add_row("ar, ko, ru", "", *_figures(others, slips))
    table.add_row("bar", "", "", "", f"≤ {COPIED_BAR}", "", "", "", "", f"≥ {FOUND_BAR}")
    return table


def _figures(counts: Counter[str], slips: tuple[str, ...]) -> list[str]:
    found = [100 * (1 - counts[f"{slip} missed"] / counts[slip]) for slip in slips]
    every = sum(counts[slip] for slip in slips)
    missed = sum(counts[f"{slip} missed"] for slip in slips)
    return [
        str(every + counts["clean"]),
        str(counts["copied"]),
        f"{100 * counts['copied flagged'] / counts['copied']:.2f}",
        str(counts["stray"]),
        *(f"{share:.1f}" for share in found),
        f"{100 * (1 - missed / every):.2f}",
    ]


if __name__ == "__main__":
    main()
