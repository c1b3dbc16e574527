"""Whether a language is spoken by somebody that a request talks about: "an agent that replies in Italian"."""

from tlpo_guard.intent.text_nouns import TEXT_NOUNS
from tlpo_guard.words.patterns import compiled

__all__ = ["of_a_third_party"]

# Relative pronouns between the noun they describe and the name. After them a form of "to be" describes a text ("an e-mail that is
# in French"), any other verb something that acts.
_PRONOUNS: dict[str, str] = {
    "en": r"(?<!make sure )(?<!ensure )(?<!so )\b(?:which|who|whose)(?! (?:is|are|was|were|'s"
    r"|will be|should be|must be|you|i|it)\b)"
    r"|\bthat(?: (?:only|always|automatically|then|just|also|never|first))*(?: (?:can|will|would|could|may|should"
    r"|must|only) (?!be\b)\w+| (?!is\b|was\b|this\b)\w+(?:s|ed)\b)",
    "de": r", ?(?:der|die|das|den|dem|welche[rsm]?)\b(?!.{0,80}\b(?:ist|sind)\b)",
    "nl": r"\b(?:die|dat|wie)\b(?! (?:is|zijn)\b)",
    "sv": r"\bsom\b(?! (?:ar|skal?l?)\b)",
    "da": r"\b(?:som|der)\b(?! er\b)",
    "nb": r"\b(?:som|der)\b(?! er\b)",
    "fr": r"\b(?:qui|dont|laquelle|lequel)\b(?! (?:est|sont|soit|soient)\b)",
    "es": r"(?<!para )(?<!quiero )(?<!\blo )\b(?:que|quien)\b(?! (?:este|esta|estan|sea|sean|es|me|la|el|las|los|tu|su)\b)",
    "it": r"\b(?:che|cui)\b(?! (?:e|sia|siano|sono|la|il|le|i|mi)\b)",
    "pt": r"(?<!para )(?<!quero )(?<!\bo )\b(?:que|quem)\b(?! (?:esteja|esta|seja|sejam|e|a|o|as|os|me)\b)",
    "ro": r"\bcare\b(?! (?:este|sunt|sa fie)\b)",
    "ca": r"\bque\b(?! (?:sigui|es|estigui)\b)",
    "pl": r"\b(?:ktor[yaeo]\w*)\b(?! (?:jest|sa|bedzie)\b)",
    "cs": r"\b(?:kter[yaeou]\w*|jenz|jez)\b(?! (?:je|jsou)\b)",
    "sk": r"\bktor[yaeou]\w*\b(?! (?:je|su)\b)",
    "ru": r"\bкотор\w+\b(?! (?:написан|будет)\w*\b)",
    "uk": r"\b(?:котр\w+|який|яка|яке|які|що)\b(?! (?:написан|буде|таке)\w*\b)",
    "bg": r"\b(?:който|която|което|които)\b(?! (?:е|са)\b)",
    "el": r"\bπου\b(?! (?:ειναι|να ειναι)\b)",
    "hu": r"\b(?:aki|ami|amely|amelyik)\w*\b",
    "fi": r"\b(?:joka|jotka|mika)\b(?! on\b)",
    "id": r"\byang\b(?! (?:ditulis|tertulis|berbahasa)\b)",
    "ms": r"\byang\b(?! (?:ditulis|tertulis)\b)",
    "vi": r"\b(?:ma|co the|biet|de chao|dung de)\b(?! la\b)",
    "tr": r"(?!)",
    "ar": r"(?<!\w)(?:الذي|التي|الذين|(?:روبوت|داله|برنامج|وكيل|مساعد|دالة|بوت|تطبيق)\w* (?:ي|ت)\w+)(?!\w)",
    "fa": r"(?<!\w)كه(?!\w)(?! (?:به زبان|است))",
    "he": r"(?<!\w)(?:ש(?:עונה|מברכ?ת?|מדפיסה?|משיבה?|מדברת?|כותבת?|תענה|יענה|תברך|יברך)|אשר)(?!\w)",
    "hi": r"(?<!\w)जो(?!\w)",
    "bn": r"(?<!\w)(?:যে|যা|যেটি)(?!\w)",
    "th": r"(?:ที่|ซึ่ง)(?:ทักทาย|ตอบ|พูด|พิมพ์|แสดง|เขียน|สามารถ)",
}
# Where the clause stands before its noun, what is around the name instead: (before, after).
_AROUND: dict[str, tuple[str, str]] = {
    "tr": (
        "",
        r"\w*(?: \w+){0,2}? \w+(?:y?[ae]n|[ae]bilen)(?: bir)? (?!(?:metin|mektup|mesaj|siir|cevap|yazi|hikaye"
        r"|e-?posta)\w*)\w+",
    ),
    "ja": (
        "",
        r"で(?!す)[^、。\n]{0,12}?(?:する|した|している|できる|える|れる|られる|話す|返す|答える|書く|喋る|しゃべる|出す|言う)"
        r"(?!(?:よう|こと|メール|文|手紙|詩|記事|答|回答|返|際|とき|時|場合|必要|の(?:が|は"
        r"|を)))[\p{Han}\p{Katakana}ー][^、。\n]*?(?:を|の|が)",
    ),
    "ko": (
        "",
        r"(?:으?로)(?: [^ ]+(?:을|를|에게|께|한테))?(?: [^ ]*)?(?:하는|해주는"
        r"|해 주는|주는|답하는|말하는|출력하는|쓰는|된|쓰인|쓴)"
        r" (?!(?:글|메일|이메일|편지|시|문장|답|텍스트|메시지|방식|것|게|걸))[^ ]+",
    ),
    "zh": (
        r"(?:(?:一|这|那|两|几)?(?:个|個|款|种|種|段|名|位|只|套|条|條|部)|能|会|會|可以|能够|能夠)"
        r"(?:能|会|會|可以|能够|能夠)?(?:自动|自動)?(?:使?用|以|说|說|讲|講)$",
        r"[^，。,\n]{1,16}?的(?!(?:邮件|郵件|信|文章|短文|诗|詩|故事|回答|回复|文字|句子))",
    ),
}


# Who acts is then the one who answers: "act as a guide who speaks Dutch".
_PERSONA = (
    r"\b(?:you are|you're|you will be|act(?:ing)? as|pretend\w*|imagine|behave as|role of|play the|du bist|sie sind"
    r"|verhalte|agiere|spiele?"
    r"|tu es|vous etes|agis|joue|eres|usted es|actua|sei|agisci|voce e|aja como|atue como|jij bent|je bent|du ar"
    r"|du er|agera|jestes"
    r"|wciel|jsi|ты|вы|представь|ти|уяви|εισαι|kamu adalah|anda adalah|bertindak|ban la)\b|انت|تو يك|شما|אתה|את |तुम"
    r"|आप |คุณ"
)


def of_a_third_party(locale: str, before: str, after: str) -> bool:
    """Whether the clause around a name speaks of something or somebody other than the answer.

    Args:
        locale: language of the request.
        before: the folded clause before the name.
        after: the folded clause after it.
    """
    if around := _AROUND.get(locale):
        left, right = around
        return compiled(left).search(before) is not None and compiled(right).match(after) is not None
    pronoun = _PRONOUNS.get(locale)
    if pronoun is None or compiled(_PERSONA).search(before):
        return False
    opening = compiled(pronoun).search(before)
    if opening is not None and compiled(rf"\b{TEXT_NOUNS}[ ,]*$").search(before[: opening.start()]):
        return False  # a text and what it says: "an e-mail that explains the delay in French"
    # A comma or a new verb after the clause would end it; a name right behind the pronoun is its object.
    return opening is not None and "," not in before[opening.end() :]
