"""Words that any text in a language has: that they stand in a document makes none of them a name, or a term from it."""

from collections.abc import Mapping
from functools import cache
from itertools import chain, islice

from tlpo_guard.words.lists import frequency_list

__all__ = ["begins_with_function_word", "is_common"]

_COMMON = 300  # most frequent words of a language
_COMMON_IN_LOWER_CASE = 2000  # the same of a word that a name would begin with a capital
_LISTS: Mapping[str, tuple[str, ...]] = {  # wordfreq's lists by writing system, of what answers slip into
    "Arab": ("ar", "fa", "ur"),
    "Beng": ("bn",),
    "Cyrl": ("ru", "uk", "bg", "mk"),
    "Deva": ("hi",),
    "Grek": ("el",),
    "Hang": ("ko",),
    "Hebr": ("he",),
    "Latn": ("en",),
    "Taml": ("ta",),
}
_CASED = frozenset({"Armn", "Cyrl", "Grek", "Latn"})

# The closed classes of Chinese: pronouns, particles, prepositions, conjunctions, adverbs of degree, time and negation. A single
# character stands for all that begins with it unless names do, too.
_CHINESE_CHARACTERS = frozenset(
    "的了着吗呢吧啊嘛是在我你您他她它们這这那哪其此該该各每某谁誰什怎為为與与或及且但而卻却則则雖虽儘尽即"
    "既若如因所由從从自對对關关於給给被把將将讓让向往至到以之也都還还又再就才只僅仅很更最太非常已曾正未沒"
    "没不並并甚尤隨随總然会會有"
)
_CHINESE_WORDS = frozenset(
    (
        "于是",
        "無法",
        "无法",
        "特別",
        "特别",
        "根據",
        "根据",
        "按照",
        "通過",
        "通过",
        "同時",
        "同时",
        "首先",
        "其次",
        "最後",
        "最后",
        "总之",
        "例如",
        "比如",
        "另外",
        "此外",
        "可以",
        "可能",
        "能够",
        "能夠",
        "应该",
        "應該",
        "需要",
        "必须",
        "必須",
        "没有",
        "沒有",
        "一个",
        "一個",
        "一些",
        "一种",
        "一種",
        "這些",
        "这些",
    )
)


def begins_with_function_word(stretch: str) -> bool:
    """Whether a stretch of Han characters or kana begins as sentences do and names hardly ever: with a word of a closed class.

    Hiragana are the particles and endings of Japanese.
    """
    if "\u3041" <= stretch[:1] <= "\u309f":
        return True
    return stretch[:1] in _CHINESE_CHARACTERS or stretch[:2] in _CHINESE_WORDS


def is_common(word: str, system: str, *, capital: bool) -> bool:
    """Whether a word, case folded, is among the most frequent ones of a language in its writing system (ISO 15924)."""
    wide = system in _CASED and not capital
    return any(
        word in _most_frequent(code, _COMMON_IN_LOWER_CASE if wide else _COMMON) for code in _LISTS.get(system, ())
    )


@cache
def _most_frequent(code: str, count: int) -> frozenset[str]:
    return frozenset(islice(chain.from_iterable(frequency_list(code)), count))
