"""Documents in Chinese and in English, questions about them, and answers in other languages that copy names from them.

`passages.txt` holds them. A block begins with `== topic`; its lines are
    fact LANGUAGE NAME VALUE | VALUE   a name, a term or a short quotation of the document, one value for each variant
    document LANGUAGE TEXT             with the facts in braces
    question LANGUAGE TEXT             by the language of the answer
    answer LANGUAGE SENTENCE           the next sentence of the answer, with facts copied as the document writes them
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SLIPS", "VARIANTS", "Slip", "Topic", "topics"]

VARIANTS = 2


@dataclass(frozen=True, slots=True)
class Topic:
    """One document in two languages; facts are by language, name and variant, all else by language."""

    name: str
    facts: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slip:
    """How an answer slips into the document's language: a word in a sentence, a clause behind one, a sentence between two."""

    word: tuple[str, ...]
    clause: tuple[str, ...]
    sentence: tuple[str, ...]


# The Chinese words are not written so in Japanese: a reader cannot take them for words of the answer.
SLIPS = {
    "zh": Slip(
        word=("还是", "应该", "虽然", "现在"),
        clause=("所以大家都很满意", "但这只是初步的结果", "不过以后可能会改变", "因为那里的情况比较特别"),
        sentence=(
            "总的来说，这是一个很好的消息。",
            "如果还有别的问题，请随时告诉我。",
            "需要注意的是，以上内容仅供参考。",
            "从这里可以看出，他们做得相当不错。",
        ),
    ),
    "en": Slip(
        word=("however", "therefore", "approximately", "usually"),
        clause=(
            "which is why everybody was happy with it",
            "but this is only a first result",
            "although it may change later on",
            "because the situation is rather special there",
        ),
        sentence=(
            "All in all, this is very good news for them.",
            "If you have any other questions, please let me know.",
            "Please note that this summary may not be complete.",
            "As you can see from this, they did quite a good job.",
        ),
    ),
}


def topics() -> Iterator[Topic]:
    """All of them, in the order of the file."""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    for block in text.split("\n== ")[1:]:
        name, *lines = block.splitlines()
        topic = Topic(name)
        for line in filter(None, lines):
            _read(topic, *line.split(" ", 2))
        yield topic


def _read(topic: Topic, what: str, language: str, text: str) -> None:
    if what == "fact":
        name, values = text.split(" ", 1)
        topic.facts.setdefault(language, {})[name] = values.split(" | ")
    elif what == "document":
        topic.documents[language] = text
    elif what == "question":
        topic.questions[language] = text
    else:
        topic.answers.setdefault(language, []).append(text)
