"""Denials around a language's name: those behind it, as in "영어로 답하지 마세요", and what looks like one and is none."""

from tlpo_guard.intent.wording import Wording
from tlpo_guard.words.patterns import compiled

__all__ = ["denied_before", "denied_behind", "denies_merely", "rather_in", "reminds", "says_what_is"]

# Languages whose verb, and with it the denial, ends the sentence.
_BEHIND: dict[str, str] = {
    "ko": r"지 ?(?:마|말|않)|(?:은|는) 안 ?돼|금지|(?:이|가)? ?아[니닌]",
    "ja": r"ないで|ません|ずに|禁止|(?:る|す|う)な(?:$|[。！!])|だめ|ダメ|ではな[くい]|じゃな[くい]",
    "tr": r"\b(?:verme|yazma|konusma|kullanma|cevaplama|yanitlama|anlatma|aciklama)(?:yin\w*|yiniz)?\b(?! ?(?:k|y))|\bdegil\b",
    "hi": r"(?:^| )(?:मत|न|नहीं)(?= |$)",
    "mr": r"नका|नको",
    "ne": r"नगर|नदि|नलेख",
    "bn": r" না(?= |$|[।!])|নয়|নয়",
    "ta": r"வேண்டாம்|கூடாது|ாதே",
    "te": r"వద్దు|కూడదు",
    "kn": r"ಬೇಡ|ಬಾರದು",
    "ml": r"വേണ്ട|അരുത്",
    "gu": r"(?:^| )(?:ન|નહીં|મત)(?= |$)",
    "pa": r"(?:^| )(?:ਨਾ|ਨਹੀਂ)(?= |$)",
    "ur": r"(?<!\w)(?:نہ|نه|مت|نہيں)(?!\w)",
    "fa": r"(?<!\w)(?:نده|ندهيد|ننويس|ننويسيد|نكن|نكنيد|نگو|نباشد)(?!\w)",
    "si": r"එපා",
    "az": r"\b(?:verme|yazma|danisma)(?:yin)?\b",
    "uz": r"\b(?:bermang|yozmang|berma|yozma)\b",
    "kk": r"(?:берме|жазба|сөйлеме)(?:ңіз)?",
    "th": r"(?!)",
}


# "đừng" (don't) and "dùng" (use) are one word when folded.
_WRITTEN: dict[str, str] = {"vi": r"(?i)\bđừng\b"}
_MERELY = (
    r"\b(?:(?:not|n't|never)(?: \w+){0,2} (?:only|just)|nicht (?:\w+ )?nur|pas (?:\w+ )?(?:seulement|que)"
    r"|no (?:\w+ )?solo|non (?:\w+ )?solo"
    r"|nao (?:\w+ )?(?:so|apenas)|niet (?:\w+ )?alleen|inte (?:\w+ )?bara|ikke (?:\w+ )?kun|nie (?:\w+ )?tylko"
    r"|не (?:\w+ )?(?:только|лише|тільки))\b"
    r"|不(?:要)?[只仅僅]|だけで(?:は)?な|로만 "
    # And all others: "nicht anders als auf Deutsch".
    r"|\b(?:other than|anders als|autre(?:ment)? (?:\w+ )?qu|otr[oa] \w+ que|altr[oa] \w+ che|outr[oa] \w+ que|anders dan)\b"
)
# What is not to be left out: "don't forget to answer in German".
_REMINDS = (
    r"\b(?:forget|hesitate|fail|never stop|vergiss|vergessen|oublie[rz]?|hesite[rz]?|olvid\w+|dimentic\w+|esque[cç]\w+|vergeet"
    r"|vergeten|glom|glemm?|zapom\w+|nezapom\w+|забу\w+|quen|lupa(?:kan)?)\b|잊|忘"
)
_RATHER = (
    r"\b(?:nicht .*\bsondern|not .*\bbut|pas .*\bmais|no .*\bsino|non .*\b(?:ma|bensi)|nao .*\b(?:mas|e sim)"
    r"|niet .*\bmaar|inte .*\butan)\b(?: rather)? \w+ $"
)
# What is not in a language, and what somebody does not know: "the label is not in English".
_STATED: dict[str, str] = {
    "en": r"(?:n't|not) mind\b|\b(?:(?:is|are|was|were|has|have|had)(?:n't| not| never)|(?:i|he|she|they"
    r"|we)\b(?! (?:want|prefer|need|ask|wish|hope|would|'d)\b).{0,20}"
    r"(?:not|n't|never) (?:really |even )?(?:speak|read|understand|know|talk|write|answer\w*|repl\w+|respond\w*))\b",
    "de": r"\b(?:ist|sind|war|waren|steht|gibt es|ich (?:kann|spreche|verstehe|lese)|er"
    r"|sie)\b(?! bitte)[^,]{0,40}\b(?:nicht|kein\w*)\b",
    "fr": r"\b(?:n'est|ne sont|n'etait|je ne|il ne|elle ne)\b",
    "es": r"\bno (?:esta|estan|es|son|estaba|hablo|entiendo|se)\b",
    "it": r"\bnon (?:e|sono|era|parlo|capisco|so)\b",
    "pt": r"\bnao (?:esta|estao|e|sao|estava|falo|entendo|sei)\b",
    "nl": r"\b(?:is|zijn|was|staat|ik)\b[^,]{0,40}\b(?:niet|geen)\b",
    "sv": r"\b(?:ar|var|jag)\b[^,]{0,40}\binte\b",
    "da": r"\b(?:er|var|jeg)\b[^,]{0,40}\bikke\b",
    "pl": r"\bnie (?:jest|sa|bylo|mowie|rozumiem|znam)\b",
    "ru": r"(?<!\w)я не (?!хочу)|(?<!\w)не (?:написан|понима)",
    "uk": r"(?<!\w)я не (?!хочу)|(?<!\w)не (?:написан|розумі)",
}


def denied_before(locale: str, row: Wording, before: str) -> bool:
    """Whether a name is denied in what stands before it; where the verb comes last, that is another clause's."""
    return locale not in _BEHIND and row.no.search(before) is not None


def denied_behind(locale: str, after: str, written_before: str = "") -> bool:
    """Whether the clause behind a name denies what it asks for, or a word before it that only its spelling tells.

    Args:
        locale: language of the request.
        after: the folded clause behind the name.
        written_before: the clause before the name, as it was written.
    """
    if (word := _WRITTEN.get(locale)) and compiled(word).search(written_before):
        return True
    expression = _BEHIND.get(locale)
    return expression is not None and compiled(expression).search(after) is not None


def denies_merely(clause: str) -> bool:
    """Whether a folded clause denies no language, only that it is the one language: "not only in German"."""
    return compiled(_MERELY).search(clause) is not None or reminds(clause)


def reminds(clause: str) -> bool:
    """Whether a folded clause denies that something is left out: "don't forget to answer in German"."""
    return compiled(_REMINDS).search(clause) is not None


def rather_in(before: str) -> bool:
    """Whether a name stands against one that is denied in the same folded clause: "nicht auf Deutsch, sondern auf"."""
    return compiled(_RATHER).search(before) is not None


def says_what_is(locale: str, clause: str) -> bool:
    """Whether a folded clause says what a text is not in, or somebody does not do, and asks for nothing."""
    expression = _STATED.get(locale)
    return expression is not None and compiled(expression).search(clause) is not None
