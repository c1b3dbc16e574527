"""Hindi and Japanese in Latin letters, by their commonest function words."""

from functools import cache

from tlpo_guard.intent.word_votes import words_of

__all__ = ["romanised"]

# No frequency list has these: corpora of the two languages are in their own scripts. Words that English, Spanish or another
# language shares ("to", "main", "me", "no", "de") count as weak: they never decide alone.
_STRONG = {
    "hi-Latn": (
        "hai hain nahi nahin kya kaise kaisa kaisi kyun kyu kyon mujhe tujhe hume humko tumhe aap aapka aapke"
        " aapki aapko mera meri mere tera teri tere hamara tumhara unka uska uski uske iska iski iske inka kuch"
        " bahut bohot accha achha acha achcha theek thik raha rahe rahi hoon hun hua hui hue tha thi karna karo"
        " karun karta karte karti karke kiya kar sakta sakte sakti chahiye batao bataiye bataye bata jaise lekin"
        " aur agar phir abhi aaj kahan kahaan yahan wahan kab kaun kitna kitne kitni wala wale wali samajh gaya"
        " gaye gayi diya dijiye kijiye likho likh bhai yaar matlab mein hota hote hoti jata jaana jana liye saath"
        " baad pehle sabse sab dono apna apni apne kyonki isliye bhi yeh woh kisi koi ghar paas baare"
    ),
    "ja-Latn": (
        "desu masu desuka kudasai arigatou arigato gozaimasu sumimasen konnichiwa konbanwa ohayou watashi anata"
        " boku ore kore sore are kono sono doko nani nan naze dou dare itsu ikura totemo sugoi kyou ashita kinou"
        " nihongo nihon deshita mashita masen imasu arimasu shimasu shite suru shitai kara made wa wo ga desho"
        " deshou onegai onegaishimasu hai iie chotto mou ima oshiete tabetai taberu tabete iku ikimasu mimasu"
        " nandesu janai kedo dakara hontou wakarimasen"
    ),
}
_WEAK = {
    "hi-Latn": "main mai ka ki ke ko se to ye wo me ho na hi tu tum hum ek do is us par jo ya toh jab tab de le",
    "ja-Latn": "no ni de to mo ka ne yo e ya na",
}
_MIN_STRONG = 2
_MIN_SHARE = 0.45


def romanised(text: str) -> tuple[str | None, float]:
    """`hi-Latn` or `ja-Latn` and the share of the text's words that say so, 0 to 1; None where it is neither, clearly."""
    words = words_of(text)
    best: tuple[str | None, float] = (None, 0.0)
    for tag, (strong, weak) in _lists().items():
        sure = sum(word in strong for word in words)
        share = (sure + sum(word in weak for word in words)) / max(len(words), 1)
        if sure >= _MIN_STRONG and share >= _MIN_SHARE and share > best[1]:
            best = (tag, share)
    return best


@cache
def _lists() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    return {tag: (frozenset(strong.split()), frozenset(_WEAK[tag].split())) for tag, strong in _STRONG.items()}
