"""Whether a language's name says something about a noun beside it: "Korean cuisine", "im englischen Fußball".

Which noun does not matter, so none is listed: what stands right behind a name decides by its class and its ending. A closed class
(prepositions, conjunctions, articles, adverbs) and the words for texts and for languages leave the name a noun of its own.
"""

from dataclasses import dataclass
from functools import cache

from tlpo_guard.intent.folding import fold
from tlpo_guard.words.patterns import LETTERS, compiled

__all__ = ["describes_a_noun", "is_english", "names_a_script"]


@dataclass(frozen=True, slots=True)
class _Adjectives:
    """How a language's adjectives stand before a noun.

    Attributes:
        closed: words that may follow a name and are no noun that it could describe.
        language: nouns that it may describe and still name a language: "Sprache", "язык", "version", "E-Mail".
        never: endings of the name that only an adjective has.
        always: endings of the name that only a noun or an adverb has.
        agrees: (ending of the name, endings that the noun must have).
        capital: whether nouns begin with a capital.
        place: what before a name means a place or a field, never a language.
        verb: whether a verb right before the preposition makes the name a target, whatever noun follows.
    """

    closed: str = ""
    language: str = ""
    never: str = r"(?!)"
    always: str = r"(?!)"
    agrees: tuple[tuple[str, str], ...] = ()
    capital: bool = False
    place: str = r"(?!)"
    verb: bool = False


_TEXTS = (
    r"language|languages|tongue|prose|version|translation|text|texts|script|audience|speakers?|speaking|subtitles?"
    r"|e-?mails?|letters?|essays?|poems?|songs?|story|stories|articles?|posts?|summary|summaries|messages?|notes?"
    r"|speech|haiku|slogans?|captions?|tweets?|dialogues?|paragraphs?|descriptions?|reviews?|jokes?|riddles?"
    r"|sentences?"
    r"|answers?|responses?|replies|reply|output|equivalent|lyrics"
)
_ADJECTIVES: dict[str, _Adjectives] = {
    "en": _Adjectives(
        closed=(
            "a about above across after again ahead all also although always am an and any are around as at back be"
            " because"
            " been before being below besides between both briefly but by can clearly concisely could did do does"
            " during each"
            " either else even every except exactly explicitly first fluently for from given had has have he her"
            " here his how"
            " however i if in including instead into is it its itself just last later least like literally may maybe"
            " me might"
            " more most must my naturally neither never next no nor not now of off ok okay on once one only or our"
            " out over"
            " per perfectly perhaps please plainly plus properly quickly rather regarding regardless right same she"
            " should shortly"
            " simply since slowly so some soon still such than thank thanks that the their them then there these"
            " they this those though"
            " three throughout till to today together tomorrow too two under unless until up us using via was we"
            " well were what"
            " whatever when whenever where whether which while who whom whose why will with within without would yes"
            " yet you"
            " your thoroughly entirely exclusively completely everywhere anyway plz pls kindly whichever wherever"
        ),
        language=_TEXTS,
    ),
    "de": _Adjectives(
        language=(
            r"sprach\w*|version\w*|ubersetzung\w*|fassung|text\w*|e-?mails?|briefe?|mail|nachricht|gedicht|aufsatz"
            r"|artikel"
            r"|worte?|satz\w*"
        ),
        always=r"sch$",
        capital=True,
    ),
    "nl": _Adjectives(
        verb=True,
        closed=(
            "aan alle alleen als alsjeblieft alstublieft aub bij dan dat de deze die dit door een en er geen graag"
            " het hij hoe ik in"
            " je kan kort kun kunt langs maar me met mijn moet na naar niet nog nu of om omdat ook op over per snel"
            " te tegen toch tot u"
            " uit van voor waarom wat we welke wie wij wil zal ze zijn zo zodat zonder"
        ),
        language=r"taal|talige?|versie|vertaling|tekst\w*|e-?mail\w*|brief\w*|bericht\w*|gedicht\w*|artikel\w*"
        r"|zin\w*",
        never=r"se$",
    ),
    "sv": _Adjectives(
        verb=True,
        closed=(
            "alla allt att av bara dar de den denna det detta dig du efter ej ell eller en enligt er ett fran for"
            " forst genom har hur"
            " i inte ja jag kan kort med men mig min mot nar nu och om pa sa samt sedan som tack till under upp ut"
            " utan vad var varfor"
            " vi vid vilka vilken at da dem din ditt eller endast hos ingen inga"
        ),
        language=r"sprak\w*|version\w*|oversattning\w*|text\w*|e-?post\w*|mejl\w*|brev\w*|dikt\w*|meddelande\w*"
        r"|artik\w*",
        never=r"sk[et]?t$|skan?s$",
    ),
    "da": _Adjectives(
        verb=True,
        closed=(
            "af alle alt altid at av bare da de deg den denne der det dette dig din du efter eller en end er et for"
            " fordi forst fra gerne"
            " ham han har hvad hva hvem hvilke hvis hvor hvordan hvorfor i igen ikke ingen jeg kan kort kun lige man"
            " med meg men mig min"
            " mod mot nar na nu og om op over pa sa som takk tak til uden under uten ud ut vaer ved vi"
        ),
        language=r"sprog\w*|sprak\w*|version\w*|versjon\w*|oversaettelse\w*|oversettelse\w*|oversat\w*|tekst\w*"
        r"|e-?mail\w*"
        r"|e-?post\w*|brev\w*|digt\w*|dikt\w*|besked\w*|melding\w*|artik\w*",
        never=r"ske$",
    ),
    "ru": _Adjectives(
        place=r"\b(?:в|во) $", verb=True,
        language=r"язык\w*|текст\w*|верси\w*|перевод\w*|вариант\w*|письм\w*|сообщени\w*|стих\w*|рассказ\w*|стать\w*",
        never=r"(?:ой|ая|ую|ое|ие|ого|ому|их|ими)$",
        agrees=((r"[сц]ком$", r"(?:[еи]|лесу|саду|году)$"), (r"[сц]ки[йм]$", r"(?:[бвгджзклмнпрстфхцчшщйь]|ом|ем|ами)$")),
    ),
    "uk": _Adjectives(
        place=r"\b(?:в|у|во) $", verb=True,
        language=r"мов\w*|текст\w*|версі\w*|переклад\w*|лист\w*|повідомл\w*|вірш\w*|статт\w*|оповідан\w*",
        never=r"(?:ій|ої|ого|ому|ими|их|им|кий|кі|ка)$",
        agrees=((r"кою$", r"(?:ою|ею|єю)$"), (r"ку$", r"[уюь]$")),
    ),
    "bg": _Adjectives(
        place=r"\b(?:в|във) $", verb=True,
        closed="а ако без в във да до за и или как като каква какво кога кой която който къде ли моля на не но от по"
        " с само се със това"
        " тази този че защо под при през още е са ще",
        language=r"език\w*|текст\w*|версия\w*|превод\w*|писмо|имейл\w*|статия|стихотворение",
        never=r"(?:ска|ско|ската|ското|ските|ския|ският)$",
    ),
    "pl": _Adjectives(
        closed="a ale bez by co czy dla do dlaczego gdzie i ich ile jak jaki jako kiedy kto lub mi moje na nad nie o"
        " od oraz po pod"
        " prosze proszę przed przez przy sie się tak ten to w we z za ze że zeby żeby bo ta te tego mój moj",
        language=r"jezyk\w*|tekst\w*|wersj\w*|tlumaczeni\w*|mail\w*|e-?mail\w*|list\w*|wiersz\w*|wiadomos\w*"
        r"|artyku\w*|zdani\w*",
        never=r"(?:ka|kie|kiej|kich|kimi|kiemu)$", always=r"[sc]ku$",
    ),
    "cs": _Adjectives(language=r"jazy\w*", never=r"(?:ckem|cka|ckeho|cke|skem|skeho)$"),
    "el": _Adjectives(
        verb=True,
        closed="ο η το οι τα του τησ των τον την τη στο στη στα στισ στον στην και να σε με για απο πωσ τι που ποια"
        " ποιο ποιοσ οτι αν"
        " οταν μια ενα εναν μου σου μασ σασ δεν θα ως μονο παρακαλω ή κι αλλα γιατι ποτε εδω τωρα αυτο αυτη αυτα ολα"
        " ολοκληρο κατι",
        language=r"γλωσσ\w*|κειμεν\w*|εκδοση\w*|μεταφραση\w*|επιστολη|μηνυμα|email|mail",
        never=r"(?:ικη|ικησ|ικων|ικο)$",
    ),
}  # fmt: skip
_ADJECTIVES["nb"] = _ADJECTIVES["da"]
_ADJECTIVES["mk"] = _ADJECTIVES["bg"]
_ADJECTIVES["sk"] = _ADJECTIVES["cs"]
_ADJECTIVES["hr"] = _ADJECTIVES["sr"] = _ADJECTIVES["bs"] = _Adjectives(
    verb=True,
    language=r"jezi\w*|језик\w*|tekst\w*|текст\w*|prevod\w*|prijevod\w*|превод\w*|pism\w*|писм\w*|mejl\w*|poruk\w*",
    never=r"(?:oj|og|oga|ой|ој|ог|ога)$",
    agrees=((r"(?:ом|om)$", r"[uу]$"), (r"(?:ки|ki)$", r"[bcdfghjklmnprstvzčćšžбвгджзклмнпрстфхцчшћђјљњџ]$")),
)

_ENGLISH_WORDS = 2  # of the closed classes that make a clause English
_ONLY_ENGLISH = frozenset(
    ["the", "this", "that", "you", "your", "please", "how", "what", "why", "when", "which", "with", "and"]
)
_NOUNS_IN_LY = frozenset(["family", "assembly", "supply", "fly", "monopoly", "butterfly", "italy", "jelly", "ally"])
# What only a verb is followed by: "in German explaining why", "in French list three".
_OBJECT = (
    r" (?:(?:a|an|the|that|this|these|those|my|your|our|his|her|their|me|us|him|it|them|how|what|why|when|where|who"
    r"|which|whether|all"
    r"|about|three|two|five|ten|some)\b|\d)"
)
# What is written in the letters of a language rather than in the language: these nouns, whatever the language of the request.
_LETTERS_OF = (
    r"(?:alphabets?|numerals?|digits?|letters|characters?|script|symbols?|hieroglyphs?|cursive|calligraphy|runes"
    r"|ziffern|zahlen|buchstaben|schrift"
    r"|schriftzeichen|alphabet|chiffres?|lettres?|caracteres?|alfabet\w*|cifr\w*|lettere|caratteri|letras|numeros"
    r"|numerais|algarismos"
    r"|liczb\w*|liter\w*|cyfr\w*|pism\w*|букв\w*|цифр\w*|алфавит\w*|иероглиф\w*|літер\w*|γραμματα|αλφαβητο|harf\w*"
    r"|rakam\w*"
    r"|letter|tekens|cijfers|bokstaver|siffror|tal|huruf|aksara|angka|chu cai)"
)


def describes_a_noun(locale: str, before: str, name: str, after: str, written_after: str, *, verbs: str) -> bool:
    """Whether a name is an adjective of the noun that follows it.

    Args:
        locale: language of the request.
        before: the folded text before it.
        name: the folded name as it stands.
        after: the folded text behind it.
        written_after: the same text as it was written, of the same length.
        verbs: expression for verbs of the request's language that may follow a name.
    """
    grammar = _ADJECTIVES.get(locale)
    if grammar is None:
        return False
    follower = compiled(rf"([ -])['’]?({LETTERS}(?:[-'’]{LETTERS})*)").match(after)
    if follower is None:
        return compiled(grammar.never).search(name) is not None and not compiled("^$").search(name)
    word, written = follower.group(2), written_after[follower.start(2) : follower.end(2)]
    rest = after[follower.end() :]
    if follower.group(1) == "-":
        return not compiled(rf"(?:language|sprachig\w*|talig\w*|sprakig\w*)\b(?! (?:{LETTERS}) )").match(word)
    if compiled(rf"(?:{grammar.language})").fullmatch(word):
        return False
    if compiled(grammar.place).search(before):
        return True
    if grammar.verb and verbs and compiled(rf"^\W*(?:{verbs})(?: \w+)? \w+ $").match(before):
        return False
    if grammar.capital:
        return not compiled(grammar.always).search(name) and written[:1].isupper()
    if compiled(grammar.never).search(name):
        return True
    if word in _closed(locale) or compiled(grammar.always).search(name):
        return False
    if locale == "en":
        return not _begins_a_clause(before, word, rest, verbs)
    if verbs and compiled(rf"(?:{verbs})").match(word):
        return False
    if grammar.agrees:
        return any(compiled(form).search(name) and compiled(noun).search(word) for form, noun in grammar.agrees)
    return bool(grammar.closed)


def names_a_script(after: str) -> bool:
    """Whether a name's letters are meant: "Arabic numerals", "in Greek letters"."""
    return compiled(rf" (?:{LETTERS} )?{_LETTERS_OF}\b(?! to)").match(after) is not None


def is_english(clause: str) -> bool:
    """Whether a folded clause has words of English around its names."""
    words = clause.split()
    return not _ONLY_ENGLISH.isdisjoint(words) or sum(word in _closed("en") for word in words) >= _ENGLISH_WORDS


@cache
def _closed(locale: str) -> frozenset[str]:
    return frozenset(fold(word) for word in _ADJECTIVES[locale].closed.split())


def _begins_a_clause(before: str, word: str, rest: str, verbs: str) -> bool:
    """Whether an English word behind a name is an adverb, a number, or a verb with an object, and no noun."""
    if word.endswith("ing") and compiled(rf"\b(?:{_TEXTS}|tutorial|guide)(?: written)? in $").search(before):
        return True
    if word.endswith("ly") and word not in _NOUNS_IN_LY:
        return True
    if word.endswith("ing") or (verbs and compiled(rf"(?:{verbs})").match(word)):
        return compiled(_OBJECT).match(rest) is not None
    return word[:1].isdigit()
