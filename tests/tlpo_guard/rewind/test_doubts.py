"""Titles, quotations, expansions and terms while they are written, and drift that looks like them for some words."""

import random

import pytest
import regex

from tlpo_guard.brought import Brought
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rewind import ConfusionPoint, WordWatch
from tlpo_guard.rewind.doubts import doubts_of

RIGHT = [
    ("de", 'Shakespeare schrieb: "To be, or not to be, that is the question." Der Satz stammt aus Hamlet.'),
    ("fr", "Hamlet dit : « To be, or not to be, that is the question », et la phrase est connue."),
    ("es", 'Descartes dijo: "I think, therefore I am". En latín es cogito ergo sum.'),
    ("de", "Filme:\n\n- The Lord of the Rings: The Fellowship of the Ring\n- They Shall Not Grow Old\n"),
    ("de", "Romane:\n\n1. Sense and Sensibility (1811)\n2. Pride and Prejudice (1813)\n\nAlle sind gut."),
    ("fr", "Livres :\n\n- The Catcher in the Rye, de Salinger\n- To the Lighthouse, de Virginia Woolf\n"),
    ("tr", "Filmler:\n\n- The Good, the Bad and the Ugly\n- Once Upon a Time in the West\n"),
    ("vi", "Bài hát:\n\n- The Sound of Silence\n- Bridge over Troubled Water\n"),
    ("de", "WYSIWYG steht für what you see is what you get und meint solche Programme."),
    ("tr", "ASAP kısaltması as soon as possible demektir, yani mümkün olan en kısa sürede."),
    ("es", "ROI significa return on investment y mide la rentabilidad de una inversión."),
    ("fr", "DIY (do it yourself) désigne le fait de fabriquer les choses soi-même."),
    ("de", "Der Fehler TypeError: unsupported operand type(s) for +: 'int' and 'str' ist bekannt."),
    ("es", "Para deshacer el cambio escribe git reset --hard HEAD~1 en la terminal."),
    ("en", "Liberté, égalité, fraternité"),
    ("en", "Common ballet terms include: plié, tendu, dégagé, rond de jambe, pas de deux and grand jeté."),
    ("en", "Dishes:\n\n- Risotto alla milanese\n- Saltimbocca alla romana\n- Melanzane alla parmigiana\n"),
    ("en", "The film is Mujeres al borde de un ataque de nervios, and it made him famous."),
    ("en", "He wrote novels:\n\n1. Cien años de soledad (1967)\n2. El otoño del patriarca (1975)\n"),
    ("en", 'Descartes wrote "je pense, donc je suis" in 1637, long before.'),
]
# Language, text of it, drift, and the words of the drift after which it is told at the latest.
DRIFTS = [
    ("de", "Hier sind Tipps:\n\n1. Plane deine Woche.\n2. ", "Make sure that you get enough sleep every night.", 5),
    ("de", "- Wasser trinken\n- ", "Click on the button at the top of the page.", 6),
    ("de", "Title: ", "The Importance of Time Management for Small Business Owners", 5),
    ("it", "1. ", "The Role of Technology in the Healthcare Industry", 7),
    ("de", "Das ROI ist gut, ", "and then you can try something more difficult.", 5),
    ("de", "", '"It is important to remember that bees are needed for the fruit', 5),
    ("de", 'Antwort: "', "it would be better to start with the easy things and then " * 3, 26),
    ("fr", "Conclusion : ", "we need to find a better way to share the work.", 5),
    ("es", "El médico dijo: ", '"you should rest for a few days and drink a lot of water', 26),
    ("en", "Tips:\n\n- Drink water.\n- ", "Dormir al menos ocho horas cada noche y no mirar el teléfono.", 10),
    ("en", "The city is old. ", "Es una ciudad muy bonita con muchas playas y un puerto.", 6),
    ("en", "Start with easy recipes, ", "et ensuite vous pouvez essayer des plats plus difficiles.", 6),
]


def tokens(text: str) -> list[bytes]:
    """A text in pieces as tokenizers cut it: signs apart from words, and some words in two."""
    dice, out = random.Random(0), []
    for piece in regex.findall(r" ?\p{L}[\p{L}\p{M}]*| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+", text):
        data = piece.encode()
        cut = dice.randint(2, len(data) - 2) if len(data) > 6 and dice.random() < 0.4 else len(data)
        out += [part for part in (data[:cut], data[cut:]) if part]
    return out


def watch(language: str) -> WordWatch:
    return WordWatch(GuardPolicy(languages=(language,)), Brought(), max_held=48)


def fed(watched: WordWatch, pieces: list[bytes]) -> tuple[ConfusionPoint | None, int]:
    """What is told of an answer, and the tokens until then."""
    for count, token in enumerate(pieces, 1):
        if (told := watched.feed(token)) is not None:
            return told, count
        watched.settle()
    return watched.close(), len(pieces)


@pytest.mark.parametrize(("language", "text"), RIGHT)
def test_what_turns_out_to_be_anothers_words_raises_no_alarm(language: str, text: str) -> None:
    assert fed(watch(language), tokens(text)) == (None, len(tokens(text)))


@pytest.mark.parametrize(("language", "own", "foreign", "words"), DRIFTS)
def test_drift_that_looks_like_it_is_told_some_words_later_and_taken_back_whole(
    language: str, own: str, foreign: str, words: int
) -> None:
    watched, before = watch(language), tokens(own)
    told, count = fed(watched, before + tokens(foreign))
    assert told is not None
    assert max(told.position, watched.released) <= len(before) + 1
    assert len(b"".join(tokens(foreign)[: count - len(before)]).split()) <= words


def test_what_is_in_doubt_at_the_end_of_the_answer_is_decided() -> None:
    for text, is_drift in (('Antwort: "it would be better to start', True), ('Antwort: "it would be better"', False)):
        told, _ = fed(watch("de"), tokens(text))
        assert (told is not None) is is_drift


def test_a_second_drift_is_told_where_the_first_was_in_doubt() -> None:
    watched, own, foreign = watch("de"), tokens('Antwort: "'), tokens(DRIFTS[4][2])
    told, _ = fed(watched, own + foreign)
    assert told is not None
    watched.go_back(told.position)
    again, _ = fed(watched, foreign)
    assert again == told


def test_no_doubt_reads_more_than_the_lines_of_the_drift() -> None:
    doubts = doubts_of(("de",))
    text = "- The Lord of the Rings\nDer Film ist gut.\n- The Dark Side of the"
    start = text.rindex("The Dark")
    assert list(doubts.spans(text, start, settled=False)) == [(start, len(text))]
