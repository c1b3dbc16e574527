"""Something is to be said again, in a language: "once more in Korean", "nochmal auf Englisch", "もう一度英語で"."""

from tlpo_guard.intent.folding import fold
from tlpo_guard.words.patterns import compiled

__all__ = ["again_beside", "says_again"]

_FEW_WORDS = 9  # of a clause in which an adverb, without a verb of its own, makes a request
# Language of the request -> (adverbs of repetition, verbs of repetition as requests have them).
_AGAIN: dict[str, tuple[str, str]] = {
    "en": (
        r"again|once more|one more time|another time|the same(?: thing)?",
        r"(?<!\bi )(?<!they )(?<!we )\b(?:repeat|say (?:it|that|this) again|redo|reword|rephrase|restate|retell|reformulate)",
    ),
    "de": (
        r"noch ?mals?|noch ein ?mal|erneut|das ?selbe|das gleiche",
        r"wiederhol(?:e|en|t)?|sag(?:e|s|st)?(?: du)? (?:das|es|dasselbe)",
    ),
    "fr": (
        r"encore(?: une fois)?|de nouveau|à nouveau|la même chose|pareil",
        r"répèt\w+|répét(?:er|ez)|redi(?:s|re|tes)|reformul\w+|refai(?:s|re|tes)",
    ),
    "es": (
        r"otra vez|de nuevo|nuevamente|una vez más|lo mismo",
        r"rep[ií]t\w+|repetir\w*|volver a decir\w*|reformul\w+",
    ),
    "it": (
        r"di nuovo|ancora(?: una volta)?|un'?altra volta|la stessa cosa|lo stesso",
        r"ripet\w+|ridi(?:llo|mmelo|re)|riformul\w+",
    ),
    "pt": (r"de novo|novamente|outra vez|mais uma vez|o mesmo|a mesma coisa", r"repet\w+|repit\w+|reformul\w+"),
    "ca": (r"una altra vegada|de nou|un altre cop|el mateix", r"repet\w+|torna-?ho a dir"),
    "nl": (r"nog ?(?:eens|een keer|een maal|maals)|opnieuw|hetzelfde", r"herhaal\w*|herhalen"),
    "sv": (r"igen|en gång till|ännu en gång|samma sak", r"upprepa|säg om"),
    "da": (r"igen|en gang til|endnu en gang|det samme", r"gentag\w*"),
    "nb": (r"igjen|en gang til|enda en gang|det samme", r"gjenta\w*"),
    "pl": (r"jeszcze raz|ponownie|znowu|to samo", r"powtórz\w*|powtórzyć"),
    "cs": (r"ještě jednou|znovu|znova|to samé|totéž", r"zopakuj\w*|opakuj\w*|zopakovat"),
    "sk": (r"ešte raz|znovu|znova|to isté", r"zopakuj\w*|zopakovať"),
    "sl": (r"še enkrat|ponovno|spet|isto", r"ponovi\w*"),
    "hr": (r"još jednom|ponovno|opet|isto", r"ponovi\w*"),
    "sr": (r"još jednom|ponovo|opet|isto|још једном|поново|опет|исто", r"ponovi\w*|понови\w*"),
    "bs": (r"još jednom|ponovo|opet|isto", r"ponovi\w*"),
    "ru": (r"ещ[её] раз|снова|заново|то же самое|то же", r"повтор(?:и|ите|ить)|переска(?:жи|жите|зать)"),
    "uk": (r"ще раз|знову|те саме|те ж саме", r"повтори(?:ти|ть)?|перекажи\w*"),
    "bg": (r"още веднъж|отново|пак|същото", r"повтори\w*"),
    "el": (r"ξανά|πάλι|άλλη μια φορά|το ίδιο", r"επανάλαβε\w*|επαναλάβ\w+|ξαναπέ?ς"),
    "ro": (r"din nou|încă o dată|iar|același lucru", r"repetă\w*|repeta\w*"),
    "hu": (r"még egyszer|újra|megint|ugyanezt|ugyanazt", r"ismétel\w*|mondd el"),
    "fi": (r"uudelleen|uudestaan|vielä kerran|toistamiseen|sama(?:a|n)?", r"toista\w*"),
    "tr": (r"tekrar|yeniden|bir daha|bir kez daha|aynısını", r"tekrarla\w*|tekrar ede\w*"),
    "id": (r"lagi|sekali lagi|hal yang sama", r"ulangi\w*|mengulangi\w*"),
    "ms": (r"lagi|sekali lagi|semula|perkara yang sama", r"ulang\w*|mengulangi\w*"),
    "vi": (r"lại|một lần nữa|lần nữa", r"lặp lại|nhắc lại|nói lại"),
    "ar": (r"مرة أخرى|مرة ثانية|من جديد|مجددا|نفس الشيء", r"أعد\w*|كرر\w*|إعادة"),
    "fa": (r"دوباره|یک بار دیگر|مجددا|همین را", r"تکرار"),
    "he": (r"שוב|עוד פעם|פעם נוספת|אותו דבר", r"חזור|תחזור|תגיד שוב"),
    "hi": (r"फिर से|दोबारा|दुबारा|एक बार और|वही बात|यही बात", r"दोहरा\w*"),
    "bn": (r"আবার|আরেকবার|আর একবার|একই কথা", r"পুনরাবৃত্তি"),
    "th": (r"อีกครั้ง|อีกที|ใหม่|เหมือนเดิม", r"พูดซ้ำ|ทวน"),
    "ja": (
        r"もう(?:一|1)[度回]|もういちど|もういっかい|再度|同じ(?:こと|内容)",
        r"繰り返|くりかえし|言い直|言いなお|言い換え",
    ),
    "ko": (r"다시|한 ?번 더|또 한 ?번|같은 (?:말|내용)", r"반복|되풀이"),
    "zh": (r"再(?:次|说|說|讲|講|来|來|用|一次|一遍)|重新|同样的|同樣的", r"重复|重複|复述|複述"),
}


def says_again(locale: str, clause: str) -> bool:
    """Whether a folded clause asks, in a language, to say something again."""
    row = _AGAIN.get(locale)
    if row is None:
        return False
    adverbs, verbs = (_whole_words(locale, part) for part in row)
    if compiled(verbs).search(clause):
        return True
    return len(clause.split()) <= _FEW_WORDS and compiled(adverbs).search(clause) is not None


def again_beside(locale: str, before: str, after: str) -> bool:
    """Whether an adverb of repetition stands right beside a name: "bir daha Almanca", where nothing else marks the target."""
    row = _AGAIN.get(locale)
    if row is None:
        return False
    adverbs = _whole_words(locale, row[0])
    return (
        compiled(rf"{adverbs}\W*$").search(before) is not None or compiled(rf"\W?で?{adverbs}").match(after) is not None
    )


def _whole_words(locale: str, words: str) -> str:
    folded = fold(words)
    return rf"(?:{folded})" if locale in ("ja", "zh", "ko", "th") else rf"(?<!\w)(?:{folded})(?!\w)"
