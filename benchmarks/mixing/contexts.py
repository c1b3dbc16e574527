"""What is asked, and how."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path

from benchmarks.conversations.passages import VARIANTS, topics
from benchmarks.prompts import held_out_prompts, training_prompts
from distill.evaluation.watched import BUILT_IN
from distill.prompts.files import read_prompts
from tlpo_guard.languages.relations import base_language

__all__ = ["Asked", "Cell", "asked", "cells", "read_kept", "shared_documents", "write_kept"]

LANGUAGES = ("ko", "zh", "ja", "ru", "ar", "hi", "th", "el", "de", "tr", "vi")
KINDS = ("plain", "document")
TEMPERATURES = (0.6, 1.0)
LENGTHS = (48, 160)
_SEALED = "mixing: the sealed half"
_FILE_SHARE = 3  # every third line of a file of prompts is held out from training
_RUSSIAN = (  # for languages whose letters are neither
    "Библиотека открыта с девяти до семи, по субботам до трёх. Книги выдаются на три недели, журналы только на выходные.",
    "Автобус до озера отправляется каждые сорок минут. Последний рейс обратно уходит в половине девятого вечера.",
)
_SUMMARY = {
    "ko": "위 글의 내용을 한국어 사용자에게 세 문장으로 설명해 주세요.",
    "zh": "请用三句话说明上面这段文字的内容。",
    "ja": "上の文章の内容を三つの文で説明してください。",
    "ar": "اشرح محتوى النص أعلاه في ثلاث جمل.",
    "hi": "ऊपर दिए गए पाठ को तीन वाक्यों में समझाइए।",
    "th": "ช่วยอธิบายเนื้อหาข้างต้นเป็นสามประโยค",
    "el": "Εξηγήστε το παραπάνω κείμενο σε τρεις προτάσεις.",
    "ru": "Объясните содержание текста выше в трёх предложениях.",
    "de": "Erkläre den Inhalt des Textes oben in drei Sätzen.",
    "tr": "Yukarıdaki metnin içeriğini üç cümleyle açıkla.",
    "vi": "Hãy giải thích nội dung đoạn văn trên bằng ba câu.",
}


Messages = tuple[tuple[str, str], ...]  # role and text


@dataclass(frozen=True, slots=True)
class Cell:
    """A way of asking: the language that the answer should be in, what is asked about, and how it is drawn."""

    language: str
    kind: str
    temperature: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt.

    Attributes:
        id: of its language and text; the same in every run.
        messages: role and text.
        sealed: whether it has no say in which cells are kept.
    """

    id: str
    language: str
    kind: str
    messages: Messages
    sealed: bool

    @property
    def document(self) -> str | None:
        """The text that it asks about, which other prompts ask about, too; None of a question that stands alone."""
        return self.messages[0][1].removeprefix("[1] ").split("\n\n")[0] if self.kind == "document" else None


def cells() -> list[Cell]:
    """All that are tried."""
    return [Cell(*cell) for cell in product(LANGUAGES, KINDS, TEMPERATURES, LENGTHS)]


def asked(language: str, kind: str, most: int, data: Path | None, *, training: bool = False) -> list[Asked]:
    """Prompts of one kind in one language.

    Args:
        most: so many of them at most.
        data: folder with `prompts/<language>.jsonl`, of which every third line is asked; None asks our own prompts alone.
        training: those to train on, which share no document with the others, and no question that stands alone.
    """
    turns = _plain(language, data, training) if kind == "plain" else _over_documents(language, training)
    named = {_name(language, messages): (messages, sealed) for messages, sealed in turns}
    return [Asked(name, language, kind, *of_name) for name, of_name in list(named.items())[:most]]


def shared_documents(prompts: Sequence[Asked]) -> set[str]:
    """Those asked about in both halves, as in sets whose halves did not go by topics: what such a set calls sealed is not."""
    open_half, sealed = ({p.document for p in prompts if p.document and p.sealed == half} for half in (False, True))
    return open_half & sealed


def _plain(language: str, data: Path | None, training: bool) -> Iterator[tuple[Messages, bool]]:
    """Questions that stand alone, and whether each is sealed, as a hash has it."""
    texts: list[str] = []
    if language in ("ko", "ru"):
        texts += training_prompts(language) if training else held_out_prompts(language)
    if data is not None and (file := data / "prompts" / f"{language}.jsonl").exists():
        lines = file.read_text(encoding="utf-8").splitlines()
        texts += [json.loads(line)["prompt"] for i, line in enumerate(lines) if (i % _FILE_SHARE == 0) != training]
    for tag, prompts in read_prompts(BUILT_IN).items() if not training else ():
        if base_language(tag) == language:
            texts += [prompt.messages[-1].content for prompt in prompts]
    for text in sorted(texts, key=lambda text: sha256(text.encode()).digest()):
        messages = (("user", text),)
        yield messages, sha256(f"{_SEALED} {_name(language, messages)}".encode()).digest()[0] % 2 == 1


def _over_documents(language: str, training: bool) -> Iterator[tuple[Messages, bool]]:
    """A Chinese document, a Russian one for Chinese and Japanese, with a question in the language.

    Every other topic is sealed, for all languages: the documents of one differ in names alone.
    """
    if language in ("zh", "ja"):
        for text in _RUSSIAN[training::2]:
            yield (("user", f"{text}\n\n{_SUMMARY[language]}"),), False
    if language == "zh":
        return
    for number, topic in enumerate(list(topics())[training::2]):
        sealed = number % 2 == 1
        for variant in range(VARIANTS):
            facts = {name: values[variant] for name, values in topic.facts["zh"].items()}
            document = topic.documents["zh"].format(**facts)
            for question in filter(None, (topic.questions.get(language), _SUMMARY[language])):
                yield (("user", f"{document}\n\n{question}"),), sealed
                yield (("system", f"[1] {document}"), ("user", question)), sealed


def _name(language: str, messages: Messages) -> str:
    return f"{language}-{sha256(repr(messages).encode()).hexdigest()[:12]}"


def write_kept(file: Path, kept: Sequence[Cell], prompts: Sequence[Asked], settings: dict[str, object]) -> None:
    """Keep the set that `find` has made."""
    kept_set = {"settings": settings, "cells": list(map(asdict, kept)), "prompts": list(map(asdict, prompts))}
    file.write_text(json.dumps(kept_set, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_kept(file: Path) -> tuple[list[Cell], list[Asked]]:
    """The set that `find` has made; each prompt is of the half that it was of then."""
    kept = json.loads(file.read_text(encoding="utf-8"))
    prompts = [
        Asked(**row | {"messages": tuple((role, text) for role, text in row["messages"])}) for row in kept["prompts"]
    ]
    return [Cell(**cell) for cell in kept["cells"]], prompts
