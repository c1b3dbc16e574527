"""Conversations that are not the same in every language: English ones about many languages, Han, romanised writing, names.

Their halves are chosen by the templates' names: see the package before you read on.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.conversations.conversation import Conversation
from tlpo_guard.intent import Message, message_of

__all__ = ["single_conversations"]

_WRITTEN = Path(__file__).with_name("single.jsonl")
_PIECE = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_ADJECTIVES = (
    "Korean", "Japanese", "Chinese", "Russian", "Arabic", "German", "French", "Spanish", "Turkish", "Greek", "Hindi", "Thai",
    "Polish", "Danish", "Vietnamese", "Persian", "Ukrainian", "Hungarian",
)  # fmt: skip
_TEA = {
    "Korean": "차", "Japanese": "お茶", "Chinese": "茶", "Russian": "чай", "Arabic": "شاي", "German": "Tee", "French": "thé",
    "Spanish": "té", "Turkish": "çay", "Greek": "τσάι", "Hindi": "चाय", "Thai": "ชา", "Hebrew": "תה", "Georgian": "ჩაი",
    "Ukrainian": "чай", "Polish": "herbata", "Armenian": "թեյ", "Bengali": "চা",
}  # fmt: skip

# Name, kind, question with {} for a language's name, answer.
_ABOUT = (
    ("about-cuisine", "adjective", "Describe three common dishes of {} home cooking and how long they take.",
     "Soups, stews and simple vegetable dishes are cooked on most days. Many of them are ready within half an hour."),
    ("about-cinema", "adjective", "Which themes shaped {} cinema in the 1990s?",
     "Many films of that decade dealt with families, money and life in growing cities. Budgets were small."),
    ("about-law", "adjective", "How does {} contract law treat late deliveries?",
     "The buyer usually has to set a reasonable time limit first. After that the contract can be ended."),
    ("about-football", "adjective", "Who were the most successful {} football coaches of the last century?",
     "Opinions differ, but coaches who won several titles with different clubs are named most often."),
    ("about-learning", "adjective", "Is {} hard to learn for someone who only speaks English?",
     "It takes patience, but the first conversations are possible after some months. Listening every day helps the most."),
    ("about-neighbour", "adjective", "My {} neighbours invited me to dinner. What should I bring?",
     "Flowers or something sweet are welcome nearly everywhere. Ask whether there is anything that they do not eat."),
    ("about-agent", "third party", "Our support agent replies in {}. Write a job advertisement for its reviewer.",
     "We are looking for a careful reader who checks what our assistant writes, marks mistakes and suggests better wording."),
    ("about-app", "third party", "I'm building an app that translates menus into {}. What could go wrong?",
     "Names of dishes are hard to translate, photos may be blurred, and allergens must never be lost on the way."),
    ("about-bakery", "adjective", "Suggest five names for a {} bakery in Chicago.",
     "Golden Crust, Morning Oven, The Little Loaf, Corner Crumb and Flour House."),
    ("about-speakers", "adjective", "How many people speak {} as a second language?",
     "Estimates differ widely, since it depends on how well somebody has to know a language to be counted."),
    ("about-surnames", "adjective", "Why do some {} surnames go back to professions?",
     "When families needed fixed names, the work of a father was an obvious choice. Smiths are found all over the world."),
    ("about-literature", "adjective", "Recommend a {} novel for a reader who likes slow, quiet stories, in English translation.",
     "Look for a story about an ordinary family over several years. A good bookshop can name some that have been translated."),
)  # fmt: skip


def single_conversations() -> Iterator[Conversation]:
    """All of them."""
    for template, kind, question, answer in _ABOUT:
        for name in _ADJECTIVES:
            messages = (Message("user", question.format(name)),)
            yield Conversation(template, kind, "en", messages, ("en",), answer, variant=name)
    for name, tea in _TEA.items():
        asked = (Message("user", f"What is the {name} word for tea?"),)
        answer = f"The {name} word for tea is {tea}."
        yield Conversation("asked-word-tea", "asked-for words", "en", asked, ("en",), answer, variant=name)
    for line in _WRITTEN.read_text(encoding="utf-8").splitlines():
        yield _written(json.loads(line))


def _written(row: dict[str, Any]) -> Conversation:
    """A line of the file: `prompt` or `messages`, and an answer with its drift in double brackets."""
    messages = row.get("messages", [{"role": "user", "content": row.get("prompt")}])
    answer = row.get("answer")
    return Conversation(
        template=row["template"],
        kind=row["kind"],
        language=row["language"],
        messages=tuple(message_of(message) for message in messages),
        expected=tuple(row["expected"]),
        answer=None if answer is None else _PIECE.sub(r"\1", answer),
        drift=() if answer is None else tuple(_PIECE.findall(answer)),
        strict=row.get("strict", False),
    )
