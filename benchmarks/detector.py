"""How well drift is found, on other models' completions, beside fastText (Joulin et al. 2016) in the same run.

    python -m benchmarks.detector --data ../shared/data

Seeds are fixed. Settings were chosen with these completions at hand; `--half` shows how far the figures of either half agree.
`--only NAME` runs one table: rates, spans, pairs, streaming, responses,
splices, strict, intent, cost. That verdicts token by token are those of the whole text is a property test
(tests/tlpo_guard/vocabulary/test_real_vocabularies.py, tests/tlpo_guard/words/test_word_drift.py).
"""

import argparse
import gc
import random
import re
import resource
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.completions import LATIN, NON_LATIN, Row, load
from benchmarks.corpora import PAIRS, sentences
from benchmarks.intent import report
from benchmarks.published import compare
from tlpo_guard.brought import Brought
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.languages import lid
from tlpo_guard.languages.repertoires import GREEK_SYMBOLS, LONE_SYMBOLS
from tlpo_guard.languages.scripts import script_of
from tlpo_guard.languages.tags import language
from tlpo_guard.lcb.english_words import english_words
from tlpo_guard.lcb.judgement import checked_lines
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge
from tlpo_guard.vocabulary.index import VocabularyIndex
from tlpo_guard.words import TokenStream, Word, WordDrift, word_ratio, words_of

_SPANS = (1, 3, 5, 10)
_RECALL = 0.95
_DRAWS = 8000
_SYMBOLS = GREEK_SYMBOLS | LONE_SYMBOLS | frozenset("ªº\u2126\u212a\u212b")  # drift only in words
_CAPITAL = 0.4
_CLAUSE = (3, 8)  # words
_LOWER_CASE = re.compile(r"(?<![\w'-])[a-z]{4,}(?![\w'-])")
Score = Callable[[Sequence[Word]], float]


def clean_lines(rows: Iterable[Row], tag: str) -> list[str]:
    """Lines of at least ten words that fastText is sure of."""
    lines = (line for row in rows if row.language == tag for line in row.completion.split("\n"))
    kept = []
    for line in lines:
        if len(line.split()) >= max(_SPANS):
            label, probability = lid.predict(line.lower())[0]
            if label == tag and probability > 0.8:
                kept.append(line)
    return kept


def spans(lines: Sequence[str], width: int, rng: random.Random) -> list[list[Word]]:
    """Words in a row, from random lines."""
    cut = [words for line in lines if len(words := list(words_of(line))) >= width]
    drawn = []
    for words in rng.choices(cut, k=_DRAWS):
        start = rng.randrange(len(words) - width + 1)
        drawn.append(words[start : start + width])
    return drawn


def by_words(expected: str, other: str) -> Score:
    """Sum of our ratios."""
    ratio = word_ratio(expected, other).of

    def score(words: Sequence[Word]) -> float:
        values = [(ratio(word.form), word.capital) for word in words]
        return sum(v * _CAPITAL if capital and v > 0 else v for v, capital in values)

    return score


def by_fasttext(expected: str, other: str) -> Score:
    """fastText's log-odds."""

    def score(words: Sequence[Word]) -> float:
        found = dict(lid.predict(" ".join(word.form for word in words), k=176))
        return float(np.log((found.get(other, 0.0) + 1e-6) / (found.get(expected, 0.0) + 1e-6)))

    return score


def false_alarms(score: Score, own: Sequence[Sequence[Word]], foreign: Sequence[Sequence[Word]]) -> float:
    """Share of own spans, in percent, that score as high as 95% of the foreign ones do; of ties the part that makes it 95%."""
    mine, theirs = np.array([score(words) for words in own]), np.array([score(words) for words in foreign])
    threshold = np.sort(theirs)[int((1 - _RECALL) * len(theirs))]
    above, tied = np.mean(theirs > threshold), np.mean(theirs == threshold)
    part = min(1.0, max(0.0, (_RECALL - above) / tied))
    return float(100.0 * (np.mean(mine > threshold) + part * np.mean(mine == threshold)))


def table_spans(rows: list[Row], console: Console) -> None:
    """English or not, by the length of the span."""
    table = Table("words", "ours %", "fastText %", "ratio", *LATIN, title="false alarms at 95% recall of English")
    english = clean_lines(rows, "en")
    own = {tag: clean_lines(rows, tag) for tag in LATIN}
    for width in _SPANS:
        rng = random.Random(width)
        foreign = spans(english, width, rng)
        drawn = {tag: spans(own[tag], width, rng) for tag in LATIN}
        ours = {tag: false_alarms(by_words(tag, "en"), drawn[tag], foreign) for tag in LATIN}
        fast = {tag: false_alarms(by_fasttext(tag, "en"), drawn[tag][:1000], foreign[:1000]) for tag in LATIN}
        mean, other = np.mean(list(ours.values())), np.mean(list(fast.values()))
        table.add_row(
            str(width),
            f"{mean:.2f}",
            f"{other:.2f}",
            f"{mean / max(other, 1e-9):.2f}",
            *(f"{ours[t]:.1f}" for t in LATIN),
        )
    console.print(table)


def table_pairs(rows: list[Row], console: Console) -> None:
    """Languages that are confused in practice, ten words."""
    table = Table("expected", "other", "ours %", "fastText %", title="false alarms at 95% recall, ten words")
    for expected, other in PAIRS:
        for own_tag, other_tag in ((expected, other), (other, expected)):
            own, foreign = sentences(own_tag), sentences(other_tag)
            if not own or not foreign:
                console.print(f"{own_tag}/{other_tag}: no text at hand (pip install django)")
                continue
            rng = random.Random(10)
            drawn, switched = spans(own, 10, rng), spans(foreign, 10, rng)
            ours = false_alarms(by_words(own_tag, other_tag), drawn, switched)
            fast = false_alarms(by_fasttext(own_tag, other_tag), drawn[:1000], switched[:1000])
            table.add_row(own_tag, other_tag, f"{ours:.2f}", f"{fast:.2f}")
    console.print(table)


def table_streaming(rows: list[Row], console: Console) -> None:
    """Switches to English at a known word, and alarms where there is none."""
    table = Table(
        "language", "clean words", "alarms/1000", "not English", "delay", "p90", "missed %", title="streaming"
    )
    english = [list(words_of(line)) for line in clean_lines(rows, "en")]
    english = [words for words in english if len(words) >= 25]
    totals: Counter[str] = Counter()
    delays: list[int] = []
    for tag in LATIN:
        one, took = _stream(tag, judged_lines(rows, tag), english)
        totals.update(one)
        delays += took
        table.add_row(tag, *_streaming_figures(one, took))
    table.add_row("all", *_streaming_figures(totals, delays))
    console.print(table)


def _stream(tag: str, lines: list[list[Word]], english: list[list[Word]]) -> tuple[Counter[str], list[int]]:
    rng = random.Random(tag)
    drift = WordDrift([tag], ["en"])
    counts: Counter[str] = Counter()
    delays = []
    for line in lines:
        state = drift.open()
        counts["words"] += len(line)
        for index, word in enumerate(line):
            if drift.feed(state, word) is not None:
                counts["alarms"] += 1
                counts["false"] += not _is_english(line, index)
                state = drift.open()
    for line in (line for line in lines if len(line) >= 5):
        foreign = rng.choice(english)
        begin, cut = rng.randrange(len(foreign) - 20), rng.randrange(5, len(line) + 1)
        state = drift.open()
        for word in line[:cut]:
            if drift.feed(state, word) is not None:
                state = drift.open()
        counts["switches"] += 1
        for delay, word in enumerate(foreign[begin : begin + 20], 1):
            if drift.feed(state, word) is not None:
                delays.append(delay)
                break
        else:
            counts["missed"] += 1
    return counts, delays


def _is_english(line: Sequence[Word], index: int) -> bool:
    """Whether fastText, which had the whole line for clean, calls the words before an alarm English."""
    text = " ".join(word.form for word in line[max(0, index - 5) : index + 1])
    label, probability = lid.predict(text)[0]
    return label == "en" and probability > 0.5


def judged_lines(rows: Iterable[Row], tag: str) -> list[list[Word]]:
    """The words of clean lines, without those that may be foreign: quotations, names of several words, the prompt's words."""
    judge = AnswerJudge(GuardPolicy(languages=(tag,)))
    kept = []
    for row in rows:
        if row.language == tag:
            kept += [judge.judged_words(line, Brought((row.prompt,))) for line in clean_lines([row], tag)]
    return [words for words in kept if words]


def _streaming_figures(counts: Counter[str], delays: list[int]) -> list[str]:
    words, switches = max(counts["words"], 1), max(counts["switches"], 1)
    return [
        str(words),
        f"{1000 * counts['alarms'] / words:.2f}",
        f"{1000 * counts['false'] / words:.2f}",
        f"{np.mean(delays):.2f}",
        f"{np.percentile(delays, 90):.0f}",
        f"{100 * counts['missed'] / switches:.3f}",
    ]


def table_responses(rows: list[Row], console: Console) -> None:
    """Whole answers: English lines found, and clean ones flagged."""
    table = Table("group", "English lines", "recall %", "clean answers", "flagged %", "by kind", title="whole answers")
    for name, tags in (("Latin", LATIN), ("non-Latin", NON_LATIN)):
        judges = {tag: AnswerJudge(GuardPolicy(languages=(tag,))) for tag in tags}
        found: Counter[str] = Counter()
        for row in rows:
            if row.language in judges:
                found.update(_response(row, judges[row.language]))
        kinds = ", ".join(f"{kind} {found[kind]}" for kind in ("script", "line", "word"))
        recall, flagged = 100 * found["hit"] / found["lines"], 100 * found["flagged"] / found["clean"]
        table.add_row(name, str(found["lines"]), f"{recall:.2f}", str(found["clean"]), f"{flagged:.2f}", kinds)
    console.print(table)


def _response(row: Row, judge: AnswerJudge) -> Iterator[str]:
    drifts = judge.drifts(row.completion, Brought((row.prompt,)))
    if row.judgement.lines and row.judgement.words is not False:
        yield "clean"
        if drifts:
            yield "flagged"
            yield from {drift.kind for drift in drifts}
    for start, line in english_lines(row):
        yield "lines"
        if any(drift.start < start + len(line) and drift.end > start for drift in drifts):
            yield "hit"


def english_lines(row: Row) -> Iterator[tuple[int, str]]:
    """Lines that fastText calls English with 0.9 and more, and that are not copied from the prompt, with their offsets."""
    asked = " ".join(row.prompt.lower().split())
    start = 0
    for line in row.completion.split("\n"):
        text = line.strip()
        if text and any(checked_lines(text, "en")) and sum(map(str.isascii, text)) > 0.95 * len(text):
            label, probability = lid.predict(text)[0]
            if label == "en" and probability > 0.9 and " ".join(text.lower().split())[:40] not in asked:
                yield start, line
        start += len(line) + 1


def table_splices(rows: list[Row], console: Console) -> None:
    """Foreign letters put into clean answers at a known place."""
    alphabets: dict[str, list[str]] = defaultdict(list)
    for point in (*range(0x41, 0x3000), *range(0x3041, 0xD7A4, 7), *range(0x10000, 0x12400, 5)):
        if (
            chr(point).isalpha()
            and chr(point) not in _SYMBOLS
            and script_of(chr(point)) not in ("Zyyy", "Zinh", "Zzzz")
        ):
            alphabets[script_of(chr(point))].append(chr(point))
    table = Table("group", "scripts", "splices", "found %", "at the character %", title="script drift spliced in")
    for name, tags in (("Latin", LATIN), ("non-Latin", NON_LATIN)):
        rng = random.Random(0)
        counts: Counter[str] = Counter()
        for tag in tags:
            clean = [row for row in rows if row.language == tag and row.judgement.lines]
            counts.update(_spliced(tag, clean, alphabets, rng))
        share = [f"{100 * counts[key] / counts['splices']:.2f}" for key in ("found", "exact")]
        table.add_row(name, str(len(alphabets)), str(counts["splices"]), *share)
    console.print(table)


def _spliced(tag: str, rows: list[Row], alphabets: dict[str, list[str]], rng: random.Random) -> Counter[str]:
    policy = GuardPolicy(languages=(tag,), allow_english=False)
    judge, own = AnswerJudge(policy), language(tag).scripts
    counts: Counter[str] = Counter()
    for script, letters in sorted(alphabets.items()):
        text = rng.choice(rows).completion.replace("`", "")
        places = [i for i in range(1, len(text)) if text[i - 1].isalpha() and text[i].isspace()]
        if script in own | {"Latn"} or not places or judge.drifts(text):  # Latin letters are judged by their words
            continue
        at = rng.choice(places)
        foreign = "".join(rng.choices(letters, k=rng.randint(1, 4)))
        starts = [drift.start for drift in judge.drifts(text[:at] + foreign + text[at:])]
        counts["splices"] += 1
        counts["found"] += bool(starts)
        counts["exact"] += at in starts
    return counts


def table_strict(rows: list[Row], console: Console) -> None:
    """Strict mode in other scripts: clean answers flagged; English words, clauses and lines put into clean answers, found."""
    english = [row.completion for row in rows if row.language == "en"]
    listed = english_words()
    foreign = {
        "words": [word for text in english for word in _LOWER_CASE.findall(text) if word in listed],
        "clauses": [clause for text in english for clause in _clauses(text) if not listed.isdisjoint(clause.split())],
        "lines": [line for text in english for line in text.split("\n") if len(line.split()) > _CLAUSE[1]],
    }
    table = Table("language", "clean answers", "flagged %", *(f"{kind} found %" for kind in foreign), title="strict")
    totals: Counter[str] = Counter()
    for tag in NON_LATIN:
        clean = [row for row in rows if row.language == tag and row.judgement.words]
        counts = _strict(AnswerJudge(GuardPolicy(languages=(tag,), allow_english=False)), clean, foreign)
        totals.update(counts)
        table.add_row(tag, *_strict_figures(counts, foreign))
    table.add_row("all", *_strict_figures(totals, foreign))
    console.print(table)


def _clauses(text: str) -> Iterator[str]:
    rng = random.Random(text)
    for line in text.split("\n"):
        words = line.split()
        if len(words) > _CLAUSE[1]:
            length = rng.randint(*_CLAUSE)
            start = rng.randrange(len(words) - length)
            yield " ".join(words[start : start + length])


def _strict(judge: AnswerJudge, rows: list[Row], foreign: Mapping[str, list[str]]) -> Counter[str]:
    rng = random.Random(0)
    counts: Counter[str] = Counter()
    for row in rows:
        flagged = bool(judge.drifts(row.completion, Brought((row.prompt,))))
        counts["clean"] += 1
        counts["flagged"] += flagged
        text = row.completion.replace("`", "")
        places = [i for i in range(1, len(text) - 1) if not (text[i - 1].isascii() or text[i + 1].isascii())]
        if flagged or not places:
            continue
        for kind, texts in foreign.items():
            at, spliced = rng.choice(places), f" {rng.choice(texts)} "
            drifts = judge.drifts(text[:at] + spliced + text[at:])
            counts[f"{kind} put in"] += 1
            counts[kind] += any(drift.start < at + len(spliced) and at < drift.end for drift in drifts)
    return counts


def _strict_figures(counts: Counter[str], kinds: Iterable[str]) -> list[str]:
    found = [f"{100 * counts[kind] / max(counts[f'{kind} put in'], 1):.2f}" for kind in kinds]
    return [str(counts["clean"]), f"{100 * counts['flagged'] / max(counts['clean'], 1):.2f}", *found]


def table_cost(rows: list[Row], console: Console) -> None:
    """Time by word and memory of fifteen languages; run alone for the memory."""
    table = Table("what", "figure", title="cost, one core")
    before = _resident()
    judges = {tag: AnswerJudge(GuardPolicy(languages=(tag,))) for tag in (*LATIN, *NON_LATIN, "nl")}
    gc.collect()
    table.add_row("memory of 15 languages", f"{_resident() - before:.0f} MiB")
    own = [row for row in rows if row.language in LATIN]
    words = sum(len(row.completion.split()) for row in own)
    began = time.perf_counter()
    for row in own:
        judges[row.language].drifts(row.completion, Brought((row.prompt,)))
    table.add_row("whole answers", f"{words / (time.perf_counter() - began):,.0f} words/s")
    table.add_row("script drift in a stream", f"{_per_verdict(own):.2f} µs/token")
    for length in (100, 10_000):
        table.add_row(f"word drift in a stream, answer of {length} tokens", f"{_per_token(own, length):.2f} µs/token")
    console.print(table)


def _per_verdict(rows: list[Row]) -> float:
    """Verdict and pending bytes of each token of a long answer, cut every four bytes."""
    data = "".join(row.completion for row in rows if row.language == "vi").encode()[:40_000]
    pieces = [data[at : at + 4] for at in range(0, len(data), 4)]
    ids = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    rules = DriftDetector(VocabularyIndex.from_bytes(list(ids))).rules(GuardPolicy(languages=("vi",)))
    tokens = [ids[piece] for piece in pieces]
    began = time.perf_counter()
    rules.first_drift(BORDER, tokens)
    return (time.perf_counter() - began) / len(tokens) * 1e6


def _per_token(rows: list[Row], length: int) -> float:
    """Best of five; a token is four characters, as it is on average."""
    text = "".join(row.completion for row in rows if row.language == "de")[: 4 * length]
    tokens = [text[at : at + 4] for at in range(0, len(text), 4)]
    drift = WordDrift(["de"])
    best = float("inf")
    for _ in range(5):
        stream = TokenStream(drift)
        began = time.perf_counter()
        for token in tokens:
            stream.feed(token)
        best = min(best, time.perf_counter() - began)
    return best / len(tokens) * 1e6


def _resident() -> float:
    """Resident memory, MiB."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


_TABLES = {
    "spans": table_spans,
    "pairs": table_pairs,
    "streaming": table_streaming,
    "responses": table_responses,
    "splices": table_splices,
    "strict": table_strict,
    "cost": table_cost,
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds lcb/")
    parser.add_argument("--only", choices=["rates", "intent", *_TABLES], help="one table")
    parser.add_argument("--half", choices=["even", "odd"], help="half of the completions")
    chosen = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    rows = load(chosen.data)
    if chosen.only in (None, "rates"):
        compare(chosen.data, console)
    if chosen.only in (None, "intent"):
        report(chosen.data, console)
    if chosen.half:
        rows = [row for row in rows if zlib.crc32(row.completion.encode()) % 2 == (chosen.half == "odd")]
    for name, table in _TABLES.items():
        if chosen.only in (None, name):
            table(rows, console)


if __name__ == "__main__":
    main()
