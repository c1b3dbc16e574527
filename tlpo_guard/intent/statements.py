"""Whether a clause states what somebody does, and asks for nothing: "Our agent replies in Spanish", "Mon chef écrit en"."""

from tlpo_guard.intent.text_nouns import TEXT_NOUNS
from tlpo_guard.intent.wording import Wording
from tlpo_guard.words.patterns import LETTERS, compiled

__all__ = ["states"]

# What a subject begins with, at the beginning of a clause; an imperative has its verb there. Articles that also begin a request
# for a text ("a poem in French") are left out.
_SUBJECTS: dict[str, str] = {
    "en": r"(?:my|our|his|her|their|its|the|every|each|most|many|some|he|she|they|everyone|everybody|nobody|people)",
    "de": r"(?:unser|mein|sein|ihr|euer|dein)e?s?|(?:der|die|jede[rs]?|viele|manche|er|sie(?! bitte)|man|alle)",
    "fr": r"(?:notre|nos|mon|ma|mes|son|sa|ses|leurs?|le|la|les|il|elle|ils|elles|on|chaque)",
    "es": r"(?:nuestr[oa]s?|mis?|sus?|el|la|los|las|ella|ellos|cada)",
    "it": r"(?:il|lo|la|i|gli|le) (?:nostr[oaei]|mi[oaei]i?|su[oaei]i?|loro)|(?:il|lo|gli|mi[oa]|ogni|lui|lei)",
    "pt": r"(?:o|a|os|as) (?:nosso|nossa|meu|minha|seu|sua)s?|(?:nosso|nossa|meu|minha|seu|sua|cada|ele|ela|eles)s?",
    "nl": r"(?:onze|ons|mijn|zijn|haar|hun|elke|iedere|hij|ze|men)",
    "sv": r"(?:var|vart|vara|min|mitt|mina|hans|hennes|deras|han|hon|varje)",
    "da": r"(?:vores|min|mit|mine|hans|hendes|deres|han|hun|hver|var|vart|sjefen|kollegaen)",
    "ro": r"(?:el|ea|fiecare)",
    "pl": r"(?:nasz|nasza|nasze|nasi|moj|moja|moje|jego|jej|ich|on|ona|kazdy)",
    "cs": r"(?:nas|nase|nasi|muj|moje|jeho|jeji|jejich|on|ona|kazdy)",
    "ru": r"(?:наш|наша|наше|наши|мой|моя|мое|мои|его|ее|их|он|она|они|каждый)",
    "uk": r"(?:наш|наша|наше|наші|мій|моя|моє|мої|його|її|їхній|він|вона|вони|кожен)",
    "el": r"(?:ο|η|οι) ",
    "id": r"(?!)",
    "hu": r"(?:az? )",
}
_POSSESSIVES = frozenset(
    ["my", "our", "his", "her", "their", "its", "the", "every", "each", "most", "many", "some"]
)  # what stands behind is a noun
_LEADS = r"[^\p{L}]*(?:(?:and|but|so|und|aber|et|mais|y|pero|e|ma|mas|en|maar|och|men|og|i|ale|a|и|но|але|και) )?"
_TO_BE = frozenset(["is", "are", "was", "were", "has", "had", "have"])  # may tell how a text is to be
_VERB_S = (
    r"(?:replies|answers|translates?|responds|speaks|talks|writes|says|communicates|greets|prints|sends|posts|thinks|teaches"
    r"|works|reads|is|are|was|were|has|had|have|wrote"
    r"|spoke|said|speak|write|reply|answer|talk|prefers?|asked|told|came|comes?)\b"
)


def states(locale: str, before: str, row: Wording) -> bool:
    """Whether a clause is about somebody or something other than the answer.

    Args:
        locale: language of the request.
        before: the folded clause up to the language's name.
        row: its wording.
    """
    subjects = _SUBJECTS.get(locale)
    match = compiled(rf"{_LEADS}(?:{subjects})\b").match(before) if subjects else None
    if match is None:
        return False
    rest = before[match.end() :]
    if "," in rest:
        return False
    words = list(compiled(LETTERS).finditer(rest))
    verb = compiled(rf"\b{_VERB_S}(?!.*\b(?:should|must|shall|needs? to|has to|have to)\b)").search(rest)
    if locale == "en" and (
        verb is None or (match.group().strip() in _POSSESSIVES and not rest[: verb.start()].strip())
    ):
        return False
    end = verb.start() if locale == "en" and verb else words[min(1, len(words) - 1)].end() if words else 0
    subject = (
        rest[: verb.start()].split()[-1:] if locale == "en" and verb and verb.group() not in _TO_BE else [rest[:end]]
    )
    if any(compiled(rf"\b{TEXT_NOUNS}\b").search(noun) for noun in subject):
        return False  # a rule for the answer: "the answer must be in French", "ma réponse"
    if locale == "en":
        return True
    return row.answer.search(rest) is not None or row.write.search(rest) is not None
