"""How often the distiller's rewards are right: `python -m benchmarks.rewards --help`.

Candidates are made from sentences in nine languages: a sentence is cut, and goes on as it does, with another sentence in its
language, or with one in English; inside code anything may stand.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.sentences import SENTENCES
from distill.run.job import drift_rules
from distill.selection.groups import Group
from distill.tlpo.exploration import Depths
from tlpo_guard.models.load import load_model

LANGUAGES = tuple(tag for tag in SENTENCES if tag != "en")
QUESTION = {
    "de": "Können Sie mir das bitte erklären?",
    "es": "¿Me lo puede explicar, por favor?",
    "tr": "Bunu bana açıklar mısınız?",
    "vi": "Bạn có thể giải thích cho tôi không?",
    "ru": "Объясните мне это, пожалуйста.",
    "ar": "هل يمكنك أن تشرح لي ذلك من فضلك؟",
    "ko": "그것을 설명해 주시겠어요?",
    "zh": "您能给我解释一下吗？",
}
CODE = "```python\nfor name in names:\n    "
CODE_LINES = (
    "print(name)",
    "if name is None:\n        continue",
    "total += len(name)",
    "# skip the empty ones\n    pass",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A candidate with what follows it.

    Attributes:
        language: that the answer is expected in.
        before: the answer so far.
        after: how it goes on.
        wrong: whether that leaves the language.
        kind: of case.
    """

    language: str
    before: str
    after: str
    wrong: bool
    kind: str


def cases(language: str, half: int) -> Iterator[Case]:
    """The cases of one language, of the sentences with even (0) or odd (1) numbers."""
    own, english = SENTENCES[language][half::2], SENTENCES["en"][half::2]
    gap = "" if language == "zh" else " "
    for number, sentence in enumerate(own):
        other, foreign = own[(number + 1) % len(own)], english[(number + 1) % len(own)]
        for share in (0.35, 0.7):
            cut = _word_end(sentence, share)
            start, rest = sentence[:cut], sentence[cut:]
            middle = foreign[_word_end(foreign, 0.4) :]
            yield Case(language, start, rest, False, "goes on")
            yield Case(language, start, gap + middle.lstrip(), True, "English goes on")
            yield Case(language, start, gap + foreign, True, "English begins in the sentence")
        yield Case(language, sentence, " " + other, False, "next sentence")
        yield Case(language, sentence, "\n\n" + other, False, "next line")
        yield Case(language, sentence, " " + foreign, True, "English sentence")
        yield Case(language, sentence, "\n\n" + foreign, True, "English line")
        yield Case(language, "", foreign, True, "English answer")
        yield Case(language, "", other, False, "answer")
    for line in CODE_LINES:
        yield Case(language, f"{own[0]}\n\n{CODE}", line, False, "code")


def _word_end(sentence: str, share: float) -> int:
    """The place behind a share of a sentence, at the next space where there are spaces."""
    place = int(len(sentence) * share)
    space = sentence.find(" ", place)
    return place if space < 0 else space


def main(
    half: Annotated[str, typer.Option(help="open or sealed.")] = "open",
    cache: Annotated[Path, typer.Option(help="Where the unpacked model is kept.")] = Path("data/cache"),
    look_ahead: Annotated[int | None, typer.Option(help="Tokens behind a candidate; default: the rules' own.")] = None,
    fails: Annotated[bool, typer.Option(help="Show the cases that are judged wrongly.")] = False,
) -> None:
    """Print the share of wrong-language candidates that are found, and of right ones that are left alone."""
    loaded = load_model("smollm2", cache_dir=cache, device="cpu")
    tokenizer = loaded.tokenizer
    rules_of = drift_rules(loaded, cache)
    for language in LANGUAGES:
        prompt = tuple(tokenizer(QUESTION[language])["input_ids"])
        strict = language not in ("de", "es", "tr", "vi")
        group = Group("", prompt, len(prompt), (len(prompt) - 1,), language, allow_english=not strict)
        rules = rules_of(group)
        steps = Depths().of([group], rules_of)[0] if look_ahead is None else look_ahead
        seen: Counter[tuple[bool, str]] = Counter()
        right: defaultdict[tuple[bool, str], int] = defaultdict(int)
        for case in cases(language, int(half == "sealed")):
            before, whole = _tokens(tokenizer, case.before), _tokens(tokenizer, case.before + case.after)
            after = whole[len(before) :] if whole[: len(before)] == before else _tokens(tokenizer, case.after)
            verdict = rules.drifts(before, after[: 1 + steps])
            seen[case.wrong, case.kind] += 1
            right[case.wrong, case.kind] += verdict == case.wrong
            if fails and verdict != case.wrong:
                print("   ", case.kind, "|", case.before[-30:], "|", tokenizer.decode(after[: 1 + steps]))
        print(language, *(_share(right, seen, wrong) for wrong in (True, False)), sep="  ")
        for key in seen:
            if right[key] < seen[key]:
                print(f"    {key[1]}: {right[key]} of {seen[key]}")


def _tokens(tokenizer: Any, text: str) -> tuple[int, ...]:
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])


def _share(right: dict[tuple[bool, str], int], seen: Counter[tuple[bool, str]], wrong: bool) -> str:
    total = sum(count for key, count in seen.items() if key[0] == wrong)
    good = sum(count for key, count in right.items() if key[0] == wrong)
    return f"{'found' if wrong else 'left alone'} {100 * good / total:.1f}% of {total}"


if __name__ == "__main__":
    typer.run(main)
