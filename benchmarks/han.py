"""Drift between the writings of Han characters: Japanese, Traditional and Simplified Chinese.

    python -m benchmarks.han --data ../shared/data

Clean text: completions of other models in Japanese and Chinese (Marchisio et al. 2024), and real Traditional text, which they do
not have: the messages of Django (`pip install django`) and the names of CLDR that Babel carries. A character counts as one of a
single writing by the standards alone, whatever the guard's tables say; each is put once into a clean text. Seeds are fixed.
`--half` shows how far the figures of either half of the completions agree.
"""

import argparse
import gettext
import random
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from babel import Locale
from rich.console import Console
from rich.table import Table

from benchmarks.completions import Row, load
from tlpo_guard.brought import Brought
from tlpo_guard.guard.detector import DriftDetector, ScriptRules
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rewind import WordWatch
from tlpo_guard.scan.judge import AnswerJudge
from tlpo_guard.vocabulary.index import VocabularyIndex

_HAN = re.compile("[\u4e00-\u9fff]")
_BETWEEN_LETTERS = re.compile("(?<=[\u3041-\u30ff\u4e00-\u9fff])(?=[\u3041-\u30ff\u4e00-\u9fff])")
# Where foreign text may stand: in brackets, quotation marks and structured data.
_SET_APART = re.compile(r"[(（「『\[【{\"“《][^)）」』\]】}\"”》\n]*")
_MESSAGES_IN_A_TEXT = 8
_SENTENCE = re.compile("[^。！？\n]{10,60}。")
_SENTENCES = 2000
_HELD = 24  # tokens, as the server has it
_EVERYDAY = range(0xA4, 0xC7)  # first bytes of Big5's first level


@dataclass(frozen=True, slots=True)
class Writing:
    """A writing, clean text of it, and characters that it does not have.

    Attributes:
        foreign: what is spliced, with its name.
    """

    tag: str
    clean: Sequence[str]
    foreign: tuple[tuple[str, str], ...]


def has(codec: str) -> Callable[[str], bool]:
    """Whether a standard has a character."""
    return lambda char: char.encode(codec, errors="ignore") != b""


def standards() -> dict[str, str]:
    """Characters that only one writing has, by Python's codecs."""
    gb, big5, jis = has("gb2312"), has("big5"), has("shift_jis")
    han = [chr(point) for point in range(0x4E00, 0xA000)]
    everyday = [c for c in han if big5(c) and c.encode("big5")[0] in _EVERYDAY]
    return {
        "simplified": "".join(c for c in han if gb(c) and not big5(c) and not jis(c)),
        "traditional": "".join(c for c in everyday if not gb(c) and _has_simplified_form(c)),
        "Japanese": "".join(c for c in han if jis(c) and not gb(c) and not big5(c) and not has("big5hkscs")(c)),
    }


def _has_simplified_form(char: str) -> bool:
    """By the radicals that Simplified Chinese writes in a form of their own: 言 糸 貝 車 金 門 頁 風 食 馬 魚 鳥."""
    point = ord(char)
    ranges = (
        (0x8A02, 0x8B9F),
        (0x7D00, 0x7E9F),
        (0x8C9D, 0x8D1B),
        (0x8ECA, 0x8F62),
        (0x91D1, 0x9481),
        (0x9580, 0x95E2),
    )
    more = ((0x9801, 0x9874), (0x98A8, 0x98C6), (0x98E2, 0x9951), (0x99AC, 0x9A6B), (0x9B5A, 0x9C7A), (0x9CE5, 0x9E1E))
    return any(low <= point <= high for low, high in (*ranges, *more))


def traditional_texts() -> list[str]:
    """Real Traditional text: messages of Django where it is installed, names of CLDR."""
    messages = list(messages_of_django("zh_Hant"))
    for region in ("TW", "HK"):
        locale = Locale("zh", region, script="Hant")
        messages += [*locale.territories.values(), *locale.languages.values(), *locale.currencies.values()]
    parts = range(0, len(messages), _MESSAGES_IN_A_TEXT)
    return ["，".join(messages[start : start + _MESSAGES_IN_A_TEXT]) + "。" for start in parts]


def messages_of_django(tag: str) -> Iterator[str]:
    spec = find_spec("django")
    if spec is None or not spec.submodule_search_locations:
        return
    for path in sorted(Path(spec.submodule_search_locations[0]).glob(f"**/locale/{tag}/LC_MESSAGES/*.mo")):
        with path.open("rb") as file:
            messages = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for text in dict.fromkeys(map(str, messages.values())):
            if _HAN.search(text) and not re.search(r"[%{<\n]|charset", text):
                yield text.rstrip("。")


def table_characters(writings: Sequence[Writing], console: Console) -> None:
    """Characters of another writing put into clean text, and clean text that is flagged."""
    columns = ("writing", "clean texts", "flagged %", "spliced", "splices", "found %", "at the character %", "mask %")
    table = Table(*columns, title="characters of another writing")
    for writing in writings:
        policy = GuardPolicy(languages=(writing.tag,))
        judge, rules = AnswerJudge(policy), _rules(policy)
        flagged = [text for text in writing.clean if any(_HAN.search(text, d.start, d.end) for d in judge.drifts(text))]
        share = f"{100 * len(flagged) / len(writing.clean):.2f}"
        clean = [text.replace("`", "")[:400] for text in writing.clean if text not in set(flagged)]
        clean = [text for text in clean if places(text)]
        for name, characters in writing.foreign:
            counts = _spliced(judge, rules, clean, characters)
            shares = [f"{100 * counts[key] / counts['splices']:.2f}" for key in ("found", "exact", "masked")]
            table.add_row(writing.tag, str(len(writing.clean)), share, name, str(counts["splices"]), *shares)
        for text in flagged[:5]:
            found = [f"{d.kind} {text[max(d.start - 8, 0) : d.end + 8]!r}" for d in judge.drifts(text)]
            console.print(f"flagged in {writing.tag}:", *found[:3])
    console.print(table)


def places(text: str) -> list[int]:
    """Offsets between two letters of running text."""
    apart = {offset for match in _SET_APART.finditer(text) for offset in range(match.start(), match.end() + 1)}
    return [match.start() for match in _BETWEEN_LETTERS.finditer(text) if match.start() not in apart]


def _rules(policy: GuardPolicy) -> ScriptRules:
    return DriftDetector(VocabularyIndex.from_bytes([bytes([byte]) for byte in range(256)])).rules(policy)


def _spliced(judge: AnswerJudge, rules: ScriptRules, clean: Sequence[str], characters: str) -> Counter[str]:
    rng = random.Random(0)
    counts: Counter[str] = Counter()
    for char in characters:
        text = rng.choice(clean)
        at = rng.choice(places(text))
        spliced = text[:at] + char + text[at:]
        starts = [drift.start for drift in judge.drifts(spliced)]
        counts["splices"] += 1
        counts["found"] += bool(starts)
        counts["exact"] += at in starts
        counts["masked"] += bool(rules.foreign_letters(spliced)[at])
    return counts


def table_sentences(rows: Sequence[Row], console: Console) -> None:
    """A Chinese sentence between Japanese ones."""
    table = Table("Chinese", "spliced", "found %", title="a Chinese sentence in a Japanese answer")
    rng = random.Random(0)
    judge = AnswerJudge(GuardPolicy(languages=("ja",)))
    japanese = [row.completion for row in rows if _is_clean(row, "ja") and len(_SENTENCE.findall(row.completion)) > 3]
    for name, sentences in _chinese_sentences(rows).items():
        counts: Counter[str] = Counter()
        for sentence in rng.sample(sentences, min(_SENTENCES, len(sentences))):
            text = rng.choice(japanese)
            ends = [match.end() for match in _SENTENCE.finditer(text)]
            at = rng.choice(ends)
            drifts = judge.drifts(text[:at] + sentence + text[at:])
            counts["spliced"] += 1
            counts["found"] += any(drift.start < at + len(sentence) and drift.end > at for drift in drifts)
        if counts["spliced"]:
            table.add_row(name, str(counts["spliced"]), f"{100 * counts['found'] / counts['spliced']:.2f}")
    console.print(table)


def table_streaming(rows: Sequence[Row], console: Console) -> None:
    """The same in the stream of tokens, where `observe` and `rewind` see it."""
    table = Table("Chinese", "clean", "alarms %", "spliced", "found %", "released %", "delay", title="streaming")
    japanese = [row for row in rows if _is_clean(row, "ja")]
    false = [row for row in japanese if _streamed(row.completion, row.prompt)]
    for row in false[:5]:
        console.print("alarm in ja:", *_streamed(row.completion, row.prompt)[:3])
    hosts = [row.completion for row in japanese if len(_SENTENCE.findall(row.completion)) > 3]
    for name, sentences in _chinese_sentences(rows).items():
        rng = random.Random(0)
        counts: Counter[str] = Counter()
        delays: list[int] = []
        for sentence in rng.sample(sentences, min(_SENTENCES, len(sentences))):
            text = rng.choice(hosts)
            at = rng.choice([match.end() for match in _SENTENCE.finditer(text)])
            spliced = text[:at] + sentence + text[at:]
            found = [one for one in _streamed(spliced, "") if one.at < at + len(sentence) and one.told > at]
            counts["spliced"] += 1
            counts["found"] += bool(found)
            counts["released"] += bool(found and found[0].released)
            delays += [found[0].told - at] if found else []
        if counts["spliced"]:
            share = [f"{100 * counts[key] / counts['spliced']:.2f}" for key in ("found", "released")]
            clean = f"{100 * len(false) / len(japanese):.2f}"
            row = (name, str(len(japanese)), clean, str(counts["spliced"]), *share, f"{sum(delays) / len(delays):.1f}")
            table.add_row(*row)
    console.print(table)


@dataclass(frozen=True, slots=True)
class Told:
    """A confusion point that a watch told.

    Attributes:
        at: offset of the first drifting character.
        told: offset behind the last character that was read.
        text: of it.
        released: whether its first token had gone out.
    """

    at: int
    told: int
    text: str
    released: bool


def _streamed(text: str, prompt: str) -> list[Told]:
    """What a watch tells of a text in tokens of one to three characters."""
    rng = random.Random(text)
    watch = WordWatch(GuardPolicy(languages=("ja",)), Brought((prompt,)), max_held=_HELD)
    told: list[Told] = []
    starts: list[int] = []
    end = 0
    while end < len(text):
        starts.append(end)
        end += rng.randint(1, 3)
        point = watch.feed(text[starts[-1] : end].encode())
        if point is not None:
            at = starts[point.position]
            told.append(Told(at, end, text[at:end], watch.released > point.position))
        watch.settle()
    return told


def _chinese_sentences(rows: Sequence[Row]) -> dict[str, list[str]]:
    texts = {
        "Simplified": [row.completion for row in rows if _is_clean(row, "zh")],
        "Traditional": [f"{message}。" for message in messages_of_django("zh_Hant")],
    }
    return {
        name: [s for text in of_one for s in _SENTENCE.findall(text) if len(_HAN.findall(s)) > 0.8 * len(s)]
        for name, of_one in texts.items()
    }


def _is_clean(row: Row, tag: str) -> bool:
    return row.language == tag and row.judgement.lines and row.judgement.words is not False


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds lcb/")
    parser.add_argument("--half", choices=["even", "odd"], help="half of the completions")
    chosen = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    rows = load(chosen.data)
    if chosen.half:
        rows = [row for row in rows if zlib.crc32(row.completion.encode()) % 2 == (chosen.half == "odd")]
    only, traditional = standards(), traditional_texts()
    simplified = [row.completion for row in rows if _is_clean(row, "zh") and _is_simplified(row.completion)]
    writings = [
        Writing("ja", [row.completion for row in rows if _is_clean(row, "ja")], (("simplified", only["simplified"]),)),
        Writing("zh-Hant", traditional, (("simplified", only["simplified"]), ("Japanese", only["Japanese"]))),
        Writing("zh-Hans", simplified, (("traditional", only["traditional"]), ("Japanese", only["Japanese"]))),
    ]
    table_characters(writings, console)
    table_sentences(rows, console)
    table_streaming(rows, console)


def _is_simplified(text: str) -> bool:
    """Whether most characters that only one writing of Chinese has are simplified; some models answer in the other."""
    gb, big5 = has("gb2312"), has("big5")
    counts = Counter((gb(char), big5(char)) for char in _HAN.findall(text))
    return counts[True, False] >= counts[False, True]


if __name__ == "__main__":
    main()
