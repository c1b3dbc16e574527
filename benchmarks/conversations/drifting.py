"""Templates whose answers drift. Their halves are chosen by their names: see the package before you read on."""

from benchmarks.conversations.filling import Template

__all__ = ["DRIFTING"]

OWN = ("<tag>",)
SENTENCE = "However, you should not put it into the fridge because it dries out there."
SECOND = "Please note that the result depends on the kind of flour that was used for it."
CLAUSE = "which is why most bakers keep it in a wooden box"
LATIN = ("LATIN",)


def _bread(name: str, answer: str, *, kind: str = "drift", **options: object) -> Template:
    return Template(f"drift-{name}", kind, "<bread?>", OWN, answer, **options)  # type: ignore[arg-type]


_ENGLISH = (
    _bread("english-sentence-last", f"<bread!> [[{SENTENCE}]]", but=("en",), kind="drift: sentence"),
    _bread("english-sentence-first", f"[[{SENTENCE}]] <bread!>", but=("en",), kind="drift: sentence"),
    _bread("english-sentence-middle", f"<bread!> [[{SENTENCE}]] <leaves!>", but=("en",), kind="drift: sentence"),
    _bread("english-paragraph", f"<bread!>\n\n[[{SENTENCE} {SECOND}]]", but=("en",), kind="drift: sentence"),
    _bread("english-whole", "[[<en:bread!>]]", but=("en",), kind="drift: whole answer"),
    _bread("english-short-answer", "[[Yes, of course.]]", but=("en",), kind="drift: short answer"),
    _bread("english-short-sorry", "[[I'm sorry, but I can't help with that.]]", but=("en",), kind="drift: short answer"),
    _bread("english-strict-sentence", f"<bread!> [[{SENTENCE}]]", but=LATIN, strict=True, kind="drift: sentence"),
    _bread("english-clause-brackets", f"<bread!> ([[{CLAUSE}]])", scripts=LATIN, but=("en",), kind="drift: clause"),
    _bread("english-clause-emphasis", f"<bread!> **[[{SECOND}]]**", but=("en",), kind="drift: clause"),
    _bread("english-clause-dash", f"<bread!> <leaves!> – [[{CLAUSE}]].", but=("en",), strict=True, kind="drift: clause"),
    _bread(
        "english-heading", "## [[How to keep it fresh]]\n\n<bread!>\n\n## [[What you should avoid]]\n\n<leaves!>", but=("en",),
        strict=True, kind="drift: heading",
    ),
    _bread("english-word-strict", "<bread!|slip:however>", but=LATIN, strict=True, kind="drift: word"),
    _bread("english-words-strict", "<bread!|slip:depending on the situation>", but=LATIN, strict=True, kind="drift: word"),
    Template(
        "drift-json-value",
        "drift: JSON value",
        (("system", "Answer with a JSON object that has the keys title and text."), ("user", "<bread?>")),
        OWN,
        f'{{"title": "<bread?|json>", "text": "[[{SENTENCE}]]"}}',
        but=("en",),
    ),
    Template(
        "drift-after-turns",
        "drift: sentence",
        (("user", "<leaves?>"), ("assistant", "<leaves!>"), ("user", "<bread?>")),
        OWN,
        f"<bread!> [[{SENTENCE}]]",
        but=("en",),
    ),
    Template(
        "drift-asked-in-english",
        "drift: sentence",
        "How can I keep bread fresh for longer? Answer in <name>.",
        OWN,
        f"<bread!>\n\n[[{SENTENCE}]]",
        but=("en",),
    ),
    Template(
        "drift-from-english",
        "drift: sentence",
        "How can I keep bread fresh for longer?",
        ("en",),
        "<en:bread!>\n\n[[<leaves!>]]",
        but=("en",),
    ),
)  # fmt: skip

_SCRIPTS = (
    _bread("word-chinese", "<bread!|slip:复杂>", but=("CJK", "KATAKANA"), kind="drift: word"),
    _bread("word-chinese-end", "<bread!> <leaves!> [[注意事项]]", but=("CJK", "KATAKANA"), kind="drift: word"),
    _bread("word-russian", "<bread!|slip:например>", but=("CYRILLIC",), kind="drift: word"),
    _bread("word-korean", "<bread!|slip:그리고>", but=("HANGUL",), kind="drift: word"),
    _bread("word-arabic", "<bread!|slip:ولكن>", but=("ARABIC",), kind="drift: word"),
    _bread("word-thai", "<bread!|slip:และ>", but=("THAI",), kind="drift: word"),
    _bread("word-hindi", "<bread!|slip:लेकिन>", but=("DEVANAGARI",), kind="drift: word"),
    _bread("word-japanese", "<bread!|slip:しかし>", but=("CJK", "KATAKANA"), kind="drift: word"),
    _bread("letter-lookalike", "<bread!|lookalike>", kind="drift: letter"),
    _bread("sentence-chinese", "<bread!>\n\n[[<zh-Hans:leaves!>]]", but=("CJK", "KATAKANA"), kind="drift: sentence"),
    _bread("sentence-russian", "<bread!> [[<ru:leaves!>]]", but=("CYRILLIC",), kind="drift: sentence"),
    _bread("sentence-german", "<bread!>\n\n[[<de:leaves!>]]", but=("de",), kind="drift: sentence"),
    _bread("sentence-spanish", "<bread!>\n\n[[<es:leaves!>]]", but=("es",), kind="drift: sentence"),
    Template(
        "drift-log-language",
        "drift: sentence",
        'Traceback (most recent call last):\n  File "a.py", line 1\nTypeError: can only concatenate str\n\n<error?>',
        OWN,
        "<error!>\n\n[[You can convert the number with the function that is named after the type that you need.]]",
        but=("en",),
    ),
    Template(
        "drift-document-language",
        "drift: sentence",
        "秋天来临，白昼变短，树木停止制造叶绿素。叶绿素分解之后，树叶因此变黄。\n\n<leaves?>",
        OWN,
        "<leaves!> [[因此树叶变成了黄色。]]",
        but=("CJK", "KATAKANA"),
    ),
)

DRIFTING = (*_ENGLISH, *_SCRIPTS)
