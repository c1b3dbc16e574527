"""Word drift between languages of one script, in whole texts and token by token."""

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.examples import examples
from tlpo_guard.words import Alarm, TokenStream, WordDrift, WordRatio, watched, word_ratio, words_of
from tlpo_guard.words.hashing import hashes
from tlpo_guard.words.segment import normal_form

CLEAN = {
    "de": "Die Bienen sind für die Landwirtschaft sehr wichtig, denn sie bestäuben viele Pflanzen und sichern unsere Ernte.",
    "es": "Las abejas son muy importantes para la agricultura, porque polinizan muchas plantas y aseguran nuestra cosecha.",
    "fr": "Les abeilles sont très importantes pour l'agriculture, car elles pollinisent de nombreuses plantes cultivées.",
    "it": "Le api sono molto importanti per l'agricoltura, perché impollinano molte piante e assicurano il raccolto.",
    "pt": "As abelhas são muito importantes para a agricultura, porque polinizam muitas plantas e garantem a colheita.",
    "id": "Lebah sangat penting bagi pertanian karena mereka menyerbuki banyak tanaman dan menjaga hasil panen kita.",
    "tr": "Arılar tarım için çok önemlidir, çünkü birçok bitkiyi tozlaştırırlar ve hasadımızı güvence altına alırlar.",
    "vi": "Ong rất quan trọng đối với nông nghiệp vì chúng thụ phấn cho nhiều loại cây và bảo đảm mùa màng của chúng ta.",
    "nl": "Bijen zijn erg belangrijk voor de landbouw, omdat ze veel planten bestuiven en onze oogst veilig stellen.",
    "pl": "Pszczoły są bardzo ważne dla rolnictwa, ponieważ zapylają wiele roślin i zapewniają nam dobre zbiory.",
    "sv": "Bin är mycket viktiga för jordbruket, eftersom de pollinerar många växter och säkrar vår skörd varje år.",
    "ru": "Пчёлы очень важны для сельского хозяйства, потому что они опыляют многие растения и сохраняют наш урожай.",
    "uk": "Бджоли дуже важливі для сільського господарства, бо вони запилюють багато рослин і зберігають наш урожай.",
}
ENGLISH = "they play a crucial role in pollinating many of the crops that we eat every day"
SWITCHES = [
    *((tag, "en", ENGLISH) for tag in CLEAN if tag not in ("ru", "uk")),
    ("es", "pt", "você pode fazer isso com muita facilidade, mas não sem ajuda"),
    ("pt", "es", "pero la cocina es muy pequeña y no me gusta nada"),
    ("uk", "ru", "поэтому мы пойдём гулять в парк и потом вернёмся домой"),
    ("ru", "uk", "тому ми підемо гуляти до парку і потім повернемося додому"),
    ("de", "nl", "maar het is niet zo eenvoudig als wij hadden gehoopt"),
    ("sv", "da", "men det er ikke så nemt, som vi havde håbet på"),
]


def alarms(expected: str, text: str, others: tuple[str, ...] | None = None) -> list[Alarm]:
    return WordDrift([expected], others).alarms(list(words_of(text)))


@pytest.mark.parametrize("tag", CLEAN)
def test_text_of_the_expected_language_is_quiet(tag: str) -> None:
    assert alarms(tag, CLEAN[tag]) == []
    assert alarms(tag, CLEAN[tag], tuple(o for o in ("en", "fr", "cs", "ru") if o != tag)) == []


@pytest.mark.parametrize(("expected", "other", "foreign"), SWITCHES)
def test_a_switch_is_found_from_its_first_word_to_its_last(expected: str, other: str, foreign: str) -> None:
    half = CLEAN[expected].index(" ", len(CLEAN[expected]) // 2)
    text = f"{CLEAN[expected][:half]} {foreign} {CLEAN[expected][half + 1 :]}"
    (alarm,) = alarms(expected, text, (other,))
    assert alarm.language == other
    begins, ends = half + 1, half + 1 + len(foreign)
    shared = 1 if other == "en" else 2  # words that near languages have in common
    assert abs(len(text[:begins].split()) - len(text[: alarm.start].split())) <= shared
    assert abs(len(text[:ends].split()) - len(text[: alarm.end].split())) <= shared


def test_loan_words_and_names_are_quiet() -> None:
    text = (
        "Das Startup aus Berlin macht Marketing für Software, Apps und Gadgets von Apple, Google und Microsoft Office."
    )
    assert alarms("de", text) == []
    assert alarms("it", "Ho visto il film Star Wars con John Smith e Mary Jane al cinema Multiplex ieri sera.") == []


def test_several_expected_languages_are_all_at_home() -> None:
    text = f"{CLEAN['de']} {ENGLISH} {CLEAN['de']}"
    assert WordDrift(["de", "en"]).alarms(list(words_of(text))) == []
    assert len(alarms("de", text)) == 1


@pytest.mark.parametrize("tag", ["th", "hi-Latn", "yo"])
def test_a_language_without_a_list_is_not_judged(tag: str) -> None:
    assert alarms(tag, f"{ENGLISH}. {CLEAN['de']}", ("en",)) == []


def test_what_is_watched_for_by_default() -> None:
    assert watched(["de"]) == ("en", "nl")
    assert watched(["de"], allow_english=True) == ("nl",)
    assert watched(["ko"]) == ()
    assert watched(["hi", "en"]) == ("es", "fr", "de")
    assert "en" not in watched(["uk"]) and watched(["uk"]) == ("ru",)


def test_headings_in_a_row_do_not_add_up() -> None:
    headings = "\n".join(["Data Mining", "Big Data", "Cloud Computing", "Machine Learning", "Deep Learning"])
    assert alarms("de", f"{CLEAN['de']}\n{headings}\n{CLEAN['de']}") == []


@pytest.mark.parametrize(
    ("word", "sign"),
    [("the", 1), ("und", -1), ("world's", 1), ("heißt", -1), ("Bürgermeisterkandidatin", -1), ("thoroughgoingness", 1)],
)
def test_ratios_of_listed_and_unlisted_words(word: str, sign: int) -> None:
    ratio = word_ratio("de", "en").of(normal_form(word))
    assert ratio * sign > 0.5
    assert -6.0 <= ratio <= 6.0
    assert word_ratio("en", "de").of(normal_form(word)) == pytest.approx(-ratio, abs=1e-5)


def test_ratios_of_many_words_are_those_of_each() -> None:
    forms = [word.form for word in words_of(f"{CLEAN['it']} {ENGLISH} l'acqua dell'Oderwassers world's xqzvrk ''")]
    ratio = word_ratio("it", "en")
    together = ratio.of_all(forms)
    alone = [WordRatio("it", "en").of(form) for form in forms]
    assert together.tolist() == pytest.approx(alone, abs=1e-9)
    keys = hashes(forms)
    listed = ~np.isnan(ratio.listed_of(keys))
    assert ratio.listed_of(keys)[listed].tolist() == pytest.approx(together[listed].tolist(), abs=1e-5)
    assert 5 < listed.sum() < len(forms)


def test_more_words_than_are_kept_have_the_same_ratios() -> None:
    ratio = WordRatio("de", "en")
    before = ratio.of("heute")
    ratio.of_all([f"wort{number}" for number in range(40_000)])
    assert ratio.of("heute") == before
    assert ratio.of_all(["heute", "wort7"]).tolist() == [before, ratio.of("wort7")]


@examples(100)
@given(words=st.lists(st.sampled_from([*CLEAN["de"].split(), *ENGLISH.split(), "\n", "Google"]), max_size=80))
@example(words=[*CLEAN["de"].split(), *ENGLISH.split(), *CLEAN["de"].split()])
@example(words=[*ENGLISH.split(), "\n", *ENGLISH.split()])
def test_only_sure_drifts_are_told_and_they_are_those_of_all(words: list[str]) -> None:
    drift, cut = WordDrift(["de"]), list(words_of(" ".join(words)))
    for sure in (5.0, 20.0, 33.0):
        assert drift.alarms(cut, sure=sure) == [a for a in drift.alarms(cut) if a.score >= sure]
    told = [alarm for state in (drift.open(),) for word in cut if (alarm := drift.feed(state, word)) is not None]
    assert bool(told) == bool(drift.alarms(cut))


@pytest.mark.parametrize(
    ("word", "form"),
    [("L’Acqua", "l'acqua"), ("İstanbul", "istanbul"), ("heißt", "heisst"), ("مَدْرَسَة", "مدرسة"), ("e\u0301", "é")],
)
def test_normal_forms(word: str, form: str) -> None:
    assert normal_form(word) == form


pieces = st.lists(
    st.sampled_from([*CLEAN["de"].split(), *ENGLISH.split(), "\n", "|", "it's", "’", "3,5", "–"]), max_size=60
)


@examples(150)
@given(words=pieces, seed=st.integers(0, 2**32))
@example(words=[*CLEAN["de"].split(), *ENGLISH.split()], seed=1)
@example(words=[*["Die"] * 5, "crucial", "many", "Die", "Die", "they", "crops", "Die", "Die", "Die"], seed=2086724)
def test_token_by_token_is_the_whole_text(words: list[str], seed: int) -> None:
    text = " ".join(words)
    drift = WordDrift(["de"], ["en"])
    state = drift.open()
    whole = [alarm for word in words_of(text) if (alarm := drift.feed(state, word)) is not None]
    rng = random.Random(seed)
    chosen = {rng.randrange(len(text) + 1) for _ in range(rng.randrange(40))}
    cuts = sorted({0, len(text), *range(0, len(text), 20), *chosen})  # a token tells one alarm, so none may hold two
    tokens = [text[a:b] for a, b in pairwise(cuts)]
    stream = TokenStream(drift)
    found = [alarm for token in tokens if (alarm := stream.feed(token)) is not None]
    if (last := stream.close()) is not None:
        found.append(last)
    assert [(a.language, a.score) for a in found] == [(a.language, a.score) for a in whole]
    begins = [sum(map(len, tokens[: a.start])) for a in found]
    for alarm, begin, ours in zip(whole, begins, found, strict=True):
        assert begin <= alarm.start < begin + len(tokens[ours.start])


def test_a_stream_tells_every_switch_once() -> None:
    text = f"{CLEAN['de']} {ENGLISH}. {CLEAN['de']} {ENGLISH} {CLEAN['de']}"
    drift = WordDrift(["de"], ["en"])
    state = drift.open()
    told = [alarm for word in words_of(text) if (alarm := drift.feed(state, word)) is not None]
    assert len(told) == 2
    assert [alarm.start for alarm in told] == [alarm.start for alarm in drift.alarms(list(words_of(text)))]
