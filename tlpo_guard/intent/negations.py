"""Denials that stand behind a language's name: "영어로 답하지 마세요", "英語で答えないで"."""

from tlpo_guard.words.patterns import compiled

__all__ = ["denied_behind"]

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


def denied_behind(locale: str, after: str) -> bool:
    """Whether the clause behind a name denies what it asks for.

    Args:
        locale: language of the request.
        after: the folded clause behind the name.
    """
    expression = _BEHIND.get(locale)
    return expression is not None and compiled(expression).search(after) is not None
