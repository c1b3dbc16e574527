"""Forms that a language's name takes in a sentence: cases, adjectives, adverbs."""

from tlpo_guard.intent.folding import fold

__all__ = ["forms"]

# Per language: (ending of the folded name, what may replace it). Endings marked with ! make a target by themselves
# ("anglicky", "İngilizceye", "англійською"); no other rule applies once one has.
_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (("", " e en er es em"),),
    "nl": (("", " e"),),
    "sv": (("ska", "ska skt sk skan"), ("", " n")),
    "da": (("", " e"),),
    "fr": (("ais", "ais aise aises"), ("ois", "ois oise"), ("ien", "ien ienne"), ("and", "and ande"), ("", " e")),
    "es": (("es", "es esa"), ("o", "o a"), ("an", "an ana"), ("", "")),
    "pt": (("es", "es esa"), ("o", "o a"), ("ao", "ao a"), ("", "")),
    "it": (("o", "o a"), ("", "")),
    "ro": (("a", "a ei este! eza"), ("", "")),
    "pl": (("ski", "ski skiego skiemu skim sku ska skie ska skiej"), ("cki", "cki ckiego ckiemu ckim cku cka ckie ckiej")),
    "cs": (
        ("čtina", "ctina ctiny ctine ctinu ctinou cky! cka ckem ckeho ctino"),
        ("ština", "stina stiny stine stinu stinou sky! skem skeho stino"),
        ("čina", "cina ciny cine cinu cinou ecky! ecke eckem eckeho"),
    ),
    "ru": (
        ("ский", "ский ского скому ским ском ская ской скую ское ски"),
        ("цкий", "цкий цкого цкому цким цком цкая цкой цкую цки"),
        ("", " е а у"),
    ),
    "uk": (
        ("ська", "ська ської ській ську ською! ський ського ському ським ське ськи"),
        ("зька", "зька зької зькій зьку зькою! зький зького зькому зьким"),
        ("цька", "цька цької цькій цьку цькою! цький цького цькому цьки"),
        ("", " і у"),
    ),
    "bg": (("", " я"),),
    "el": (("ικα", "ικα ικη ικησ ικων ικο"),),
    "tr": (("", " ye! ya! e! a! de! da! nin si sini yle! yla!"),),
    "sk": (
        ("čtina", "ctina ctiny ctine ctinu ctinou cky!"),
        ("ština", "stina stiny stine stinu stinou sky!"),
        ("čina", "cina ciny cine cinu cinou ecky!"),
    ),
    "sl": (("ščina", "scina scine scini scino sko!"),),
    "hr": (("ski", "ski skom skog skoga skome"), ("cki", "cki ckom ckog ckoga")),
    "sr": (("ски", "ски ском ског скога"), ("чки", "чки чком чког")),
    "be": (("ская", "ская скую скай ску"), ("цкая", "цкая цкую цкай цку")),
    "nb": (("", " e"),),
    "af": (("", " e"),),
    "ca": (("es", "es esa"), ("", "")),
    "eu": (("sa", "sa sez! sera!"), ("a", "a az! ara!")),
    "hu": (("ia", "ia iaul! iara!"), ("", " ul! ra! re!")),
    "fi": (("nti", "nniksi! nnin nnilla"), ("kki", "kiksi! kin"), ("kka", "kaksi! kan"), ("mi", "meksi! men"), ("", "ksi! n")),
    "lv": (("su", "su siski!"), ("u", "u iski!")),
    "lt": (("ieciu", "ieciu iskai!"), ("u", "u iskai!")),
    "is": (("ska", "ska sku"),),
    "ta": (("ம்", "ம் த்தில்! த்துக்கு! த்திற்கு!"), ("ு", "ு ில்! ுக்கு!"), ("", " ில்! இல்! க்கு!")),
    "te": (("", " లో! లోకి!"),),
    "kn": (("", " ನಲ್ಲಿ! ಗೆ!"),),
    "ml": (("്", "് ിൽ! ിലേക്ക്!"), ("ം", "ം ത്തിൽ! ത്തിലേക്ക്!"), ("", " യിൽ! യിലേക്ക്!")),
    "gu": (("", " માં!"),),
    "mr": (("", " त! मध्ये!"),),
    "ne": (("", " मा!"),),
    "si": (("", " යෙන්! ෙන්! යට!"),),
    "ka": (("ი", "ი ად!"),),
    "hy": (("", " ! ով!"),),
    "az": (("", " ce! ca!"),),
    "kk": ((" тілі", "_тілі _тілінде! _тіліне! ша! ше!"),),
    "uz": (("cha", "cha! chaga! _tilida! _tiliga!"), ("", " cha!")),
    "ky": (("", "!"),),
    "sq": (("", "!"),),
    "bn": (("", " তে! য়! য়! ে! র তেই! কে"), ("লা", "লা লায়! লায়! লাতে!")),
}  # fmt: skip
_BARE_IS_A_COUNTRY = frozenset({"fi"})  # "Italia" is both; "italiaksi" is only the language
# Letters that Hebrew and Arabic write together with the name.
_PREFIXES: dict[str, tuple[str, ...]] = {
    "he": ("", "ב!", "ל!", "ה", "מ", "ו"),
    "ar": ("", "ب!", "لل!", "و"),
    "am": ("", "በ!", "ወደ!"),
    "zu": ("", "nge!"),
}


def forms(locale: str, name: str) -> dict[str, bool]:
    """Folded forms of a folded name, and whether the form alone makes the language a target.

    Args:
        locale: language that the name is in.
        name: name of a language, such as "немецкий".
    """
    forms_of_name = {} if locale in _BARE_IS_A_COUNTRY else {name: False}
    for ending, replacements in _ENDINGS.get(locale, ()):
        ending = fold(ending)
        if not name.endswith(ending):
            continue
        stem = name.removesuffix(ending)
        for replacement in replacements.split(" "):
            form = stem + fold(replacement.rstrip("!").replace("_", " "))
            forms_of_name[form] = forms_of_name.get(form, False) or replacement.endswith("!")
        if ending:
            break
    return _prefixed(locale, forms_of_name)


def _prefixed(locale: str, bare_forms: dict[str, bool]) -> dict[str, bool]:
    result = dict(bare_forms)
    for prefix in _PREFIXES.get(locale, ()):
        for form in bare_forms:
            # "to the" merges with the article: لل + الإنجليزية is للإنجليزية.
            bare = form.removeprefix("ال") if prefix.startswith("لل") else form
            result.setdefault(prefix.rstrip("!") + bare, prefix.endswith("!"))
    return result
