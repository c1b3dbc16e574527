"""Templates whose answers are right. Their halves are chosen by their names: see the package before you read on."""

from benchmarks.conversations.filling import Template

__all__ = ["EVERYDAY"]

OWN = ("<tag>",)
ENGLISH = ("en",)

TRACEBACK = """Traceback (most recent call last):
  File "/srv/app/orders.py", line 42, in total
    return sum(item["price"] for item in items)
TypeError: unsupported operand type(s) for +: 'int' and 'str'"""
JAVA = """Exception in thread "main" java.lang.NumberFormatException: For input string: "twelve"
	at java.base/java.lang.Integer.parseInt(Integer.java:652)
	at shop.Basket.add(Basket.java:31)
	at shop.Main.main(Main.java:12)"""
NPM = """npm ERR! code ERESOLVE
npm ERR! ERESOLVE could not resolve
npm ERR! While resolving: shop@1.4.0
npm ERR! Found: react@17.0.2
npm ERR! Could not resolve dependency: peer react@"^18.0.0" from the root project"""
JSON = """{"status": "error", "message": "The value of quantity must be a number", "path": "/orders/118", "received": "twelve"}"""
SQL = """SELECT customer, SUM(price) AS total
FROM orders
WHERE created_at > '2024-01-01'
GROUP BY customer
HAVING total > 'many';"""
TABLE = """date,product,quantity,unit price,customer comment
2024-03-01,rye bread,3,4.20,please deliver before noon
2024-03-02,white bread,1,2.80,nobody was at home yesterday
2024-03-04,baguette,5,1.50,"""
ARTICLE = """How trees prepare for winter

When the days grow shorter, trees stop making chlorophyll, the pigment that gives leaves their green colour. It is broken down and
its parts are stored in the roots. Carotenoids, which have been in the leaf all summer, are no longer hidden, and the tree turns
yellow. Red colours are made anew by some species, perhaps as a protection against the sun."""
CHINESE_ARTICLE = (
    "秋天来临，白昼变短，树木停止制造叶绿素。叶绿素分解之后，一直存在于叶片里的类胡萝卜素便显现出来，树叶因此变黄。"
)
RUSSIAN_ARTICLE = (
    "Осенью дни становятся короче, и деревья перестают вырабатывать хлорофилл. Он разрушается, а жёлтые пигменты, которые были в "
    "листьях всё лето, становятся заметными."
)
CODE = "```python\ndef reverse(text):\n    return text[::-1]\n```"
PHOTOSYNTHESIS = (
    "Photosynthesis is how plants make sugar from water and carbon dioxide with the energy of sunlight. "
    "Oxygen is released on the way."
)
LEAVES = "Why do leaves turn yellow in autumn?"
BREAD = "How can I keep bread fresh for longer?"

_PLAIN = (
    Template("plain-bread", "plain", "<bread?>", OWN, "<bread!>"),
    Template("plain-leaves", "plain", "<leaves?>", OWN, "<leaves!>"),
    Template("plain-two-questions", "plain", "1. <bread?>\n2. <leaves?>", OWN, "1. <bread!>\n\n2. <leaves!>"),
    Template(
        "plain-greeting-system",
        "plain",
        (("system", "You are a friendly and concise assistant."), ("user", "<bread?>")),
        OWN,
        "<bread!>",
    ),
)

_ADJECTIVES = (
    Template("adjective-cuisine", "adjective", "<cuisine?>", OWN, "<cuisine!>"),
    Template("adjective-football", "adjective", "<football?>", OWN, "<football!>"),
    Template("adjective-currency", "adjective", "<money?>", OWN, "<money!>"),
    Template("adjective-film", "adjective", "<film?>", OWN, "<film!>"),
    Template("script-numerals", "scripts", "<numerals?>", OWN, "<numerals!>"),
    Template("third-party-bot", "third party", "<bot?>", OWN, "<bot!>"),
    Template(
        "third-party-plan",
        "third party",
        "My sister teaches <name> to adults. Suggest a title for her course and one idea for the first lesson.",
        ENGLISH,
        "A good title would be Small Steps. In the first lesson people could introduce each other and talk about their week.",
        but=("en",),
    ),
    Template(
        "third-party-class",
        "third party",
        "I am writing a class that checks whether a text is in <name>. Which edge cases should I test?",
        ENGLISH,
        "Test very short texts, names, numbers and texts that mix several languages. Empty input should not fail.",
        but=("en",),
    ),
)

_WORDS = (
    Template("asked-word-thanks", "asked-for words", "<say?>", OWN, "<say!>"),
    Template("asked-word-jiayou", "asked-for words", "<jiayou?>", OWN, "<jiayou!>"),
    Template("name-singer", "names", "<who?>", OWN, "<who!>"),
    Template(
        "asked-sentence-from-english",
        "asked-for words",
        'How do you say "The train leaves at seven" in <name>?',
        ENGLISH,
        "In <name> you would say: <train!>",
        but=("en",),
    ),
    Template(
        "quoted-chat",
        "quotations",
        "I saw this in a chat: “<thanks?>” What does it mean?",
        ENGLISH,
        'It is <name>. Somebody says "Thanks, that helps me a lot!" there: “<thanks?>”',
        but=("en",),
    ),
    Template(
        "quoted-which-language",
        "quotations",
        "Which language is this?\n\n> <train!>",
        ENGLISH,
        "That is <name>. It means that the train leaves at seven.",
        but=("en",),
    ),
    Template(
        "quoted-is-it-correct",
        "quotations",
        "Is this sentence right? “<train!>”",
        ENGLISH,
        "Yes, “<train!>” is right. It means that the train leaves at seven.",
        but=("en",),
    ),
    Template(
        "formula-circle", "symbols", "<circle?>", OWN, "<circle!>",
    ),
    Template("strict-wifi", "strict", "<wifi?>", OWN, "<wifi!>", but=("LATIN",), strict=True),
    Template(
        "strict-list-of-brands",
        "strict",
        "<leaves?> (Nikon Z6, 60 Hz, IMG_0042.jpg)",
        OWN,
        "<leaves!>\n\n- Nikon Z6, 24–70 mm, f/4\n- IMG_0042.jpg, 300 dpi\n- WordPress, HDMI 2.1, 60 Hz",
        but=("LATIN",),
        strict=True,
    ),
    Template(
        "gloss-short",
        "glosses",
        "<bread?>",
        OWN,
        '<bread!> ("bread box")',
        but=("en",),
    ),
)  # fmt: skip

_INSTRUCTIONS = (
    Template("instruction-in-english", "instructions", "<english?>", ENGLISH, PHOTOSYNTHESIS),
    Template("instruction-answer-in", "instructions", f"{LEAVES} Answer in <name>.", OWN, "<leaves!>"),
    Template("instruction-reply-first", "instructions", f"Please reply in <name>: {BREAD}", OWN, "<bread!>"),
    Template("instruction-please-bracket", "instructions", f"{BREAD} (in <name>, please)", OWN, "<bread!>"),
    Template("instruction-want", "instructions", f"I'd like the answer to be in <name>. {LEAVES}", OWN, "<leaves!>"),
    Template("instruction-use", "instructions", f"Use <name> for your response.\n\n{BREAD}", OWN, "<bread!>"),
    Template(
        "instruction-both",
        "instructions",
        f"Explain in both English and <name>: {LEAVES}",
        ("en,<tag>",),
        "<en:leaves!>\n\n<leaves!>",
        but=("en",),
    ),
    Template(
        "instruction-json-values",
        "instructions",
        f'Return a JSON object with the keys "question" and "answer"; write the values in <name>. Question: {LEAVES}',
        OWN,
        '{"question": "<leaves?|json>", "answer": "<leaves!|json>"}',
    ),
    Template(
        "instruction-translate-into",
        "instructions",
        'Translate into <name>: "The train leaves at seven."',
        OWN,
        "<train!>",
        but=("en",),
    ),
    Template(
        "instruction-write-message",
        "instructions",
        "Write a short message in <name> to thank a colleague who explained something to me.",
        OWN,
        "<thanks?>",
    ),
    Template(
        "instruction-translate-to-english", "instructions", "Translate this into English:\n\n<mail>", ENGLISH, "<en:mail>",
        but=("en",),
    ),
    Template("instruction-own-french", "instructions", "<leaves?> <in.fr>", ("fr",), "<fr:leaves!>"),
    Template("instruction-own-russian", "instructions", "<in.ru> <bread?>", ("ru",), "<ru:bread!>"),
    Template("instruction-own-korean", "instructions", "<leaves?>\n\n<in.ko>", ("ko",), "<ko:leaves!>"),
    Template("instruction-own-german", "instructions", "<bread?> <in.de>", ("de",), "<de:bread!>"),
    Template("instruction-own-both", "instructions", "<bread?> <both.fr>", ("fr,<tag>",), "<bread!>\n\n<fr:bread!>"),
    Template(
        "instruction-system-always",
        "instructions",
        (("system", "You are a gardening assistant. Always answer in <name>."), ("user", LEAVES)),
        OWN,
        "<leaves!>",
    ),
    Template(
        "instruction-system-even-if",
        "instructions",
        (("system", "Reply only in <name>, even if the user writes in another language."), ("user", "<de:bread?>")),
        OWN,
        "<bread!>",
        but=("de",),
    ),
    Template(
        "instruction-later-turn",
        "instructions",
        (("user", "Please answer in <name> from now on."), ("assistant", "<thanks!>"), ("user", LEAVES)),
        OWN,
        "<leaves!>",
        but=("en",),
    ),
    Template(
        "instruction-switch-back",
        "instructions",
        (("user", f"{BREAD} Answer in <name>."), ("assistant", "<bread!>"), ("user", f"In English now, please. {LEAVES}")),
        ENGLISH,
        "<en:leaves!>",
        but=("en",),
    ),
)  # fmt: skip

_RULES = (
    Template(
        "condition-policy-list",
        "conditions",
        (
            ("system", "Language policy:\n- <name> customers get <name> answers.\n- All others get English answers."),
            ("user", "<bread?>"),
        ),
        OWN,
        "<bread!>",
    ),
    Template(
        "condition-if-user-writes",
        "conditions",
        (
            ("system", "If the user writes in <name>, answer in <name>. Otherwise answer in English."),
            ("user", "<bread?>"),
        ),
        OWN,
        "<bread!>",
    ),
    Template(
        "condition-otherwise",
        "conditions",
        (("system", "If the user writes in <name>, answer in <name>. Otherwise answer in English."), ("user", LEAVES)),
        ENGLISH,
        "<en:leaves!>",
    ),
    Template(
        "condition-unless",
        "conditions",
        (("system", "Answer in English unless the user writes in <name>."), ("user", "<leaves?>")),
        OWN,
        "<leaves!>",
        but=("en",),
    ),
    Template(
        "condition-request-in-system",
        "conditions",
        (("system", "Switch to <name> only when the user asks for it."), ("user", BREAD)),
        ENGLISH,
        "<en:bread!>",
        but=("en",),
    ),
    Template(
        "default-english",
        "defaults",
        (("system", "Answer in the user's language. Default: English."), ("user", "<bread?>")),
        OWN,
        "<bread!>",
    ),
    Template(
        "default-same-language",
        "defaults",
        (("system", "Respond in the same language as the question. If unsure, use English."), ("user", "<leaves?>")),
        OWN,
        "<leaves!>",
    ),
    Template(
        "default-detect",
        "defaults",
        (("system", "Detect the language of the customer and reply in it."), ("user", "<mail>")),
        OWN,
        "<thanks!>",
    ),
    Template(
        "never-english-unless",
        "never",
        (("system", "Never answer in English unless the user writes in English."), ("user", "<bread?>")),
        OWN,
        "<bread!>",
    ),
    Template("never-own-rule", "never", "<bread?> <never>", OWN, "<bread!>"),
    Template(
        "never-switch",
        "never",
        (("system", "Never mix languages. Do not use emojis. Do not mention other shops."), ("user", "<leaves?>")),
        OWN,
        "<leaves!>",
    ),
    Template(
        "never-not-but",
        "never",
        f"Don't answer in <name>, answer in English. {LEAVES}",
        ENGLISH,
        "<en:leaves!>",
        but=("en",),
    ),
)

_TEXTS = (
    Template(
        "text-correct", "work on a text", "Correct the spelling and grammar of this text:\n\n<bread!>", OWN, "<bread!>"
    ),
    Template("text-proofread-quoted", "work on a text", "Proofread: “<mail>”", OWN, "<mail>"),
    Template("text-polite", "work on a text", "Make this sound more polite.\n\n<mail>", OWN, "<mail>"),
    Template(
        "text-summary-of-own", "work on a text",
        "Summarise this in one sentence, in the language of the text.\n\n<bread!> <leaves!>",
        OWN, "<leaves!>",
    ),
    Template("text-reply-mail", "work on a text", "Write a reply to this e-mail.\n\n---\n<mail>\n---", OWN, "<thanks!>"),
    Template(
        "text-reply-customer",
        "work on a text",
        "A customer sent us this. Write a friendly reply in the customer's language.\n\n<mail>",
        OWN,
        "<thanks!>",
    ),
    Template("text-bare-translate", "work on a text", "<train?>", OWN, "<train!>"),
    Template("text-shorten", "work on a text", "Shorten the following text:\n\n<leaves!>", OWN, "<leaves!>"),
)  # fmt: skip

_PASTED = (
    Template("pasted-traceback-before", "pasted", f"{TRACEBACK}\n\n<error?>", OWN, "<error!>"),
    Template("pasted-traceback-behind", "pasted", f"<error?>\n\n{TRACEBACK}", OWN, "<error!>"),
    Template("pasted-java-before", "pasted", f"{JAVA}\n<error?>", OWN, "<error!>"),
    Template("pasted-npm-behind", "pasted", f"<error?>\n{NPM}", OWN, "<error!>"),
    Template("pasted-json-before", "pasted", f"{JSON}\n\n<error?>", OWN, "<error!>"),
    Template("pasted-sql-fence", "pasted", f"```sql\n{SQL}\n```\n<error?>", OWN, "<error!>"),
    Template("pasted-table-before", "pasted", f"{TABLE}\n\n<bread?>", OWN, "<bread!>"),
    Template("pasted-article-before", "pasted", f"{ARTICLE}\n\n<leaves?>", OWN, "<leaves!>"),
    Template("pasted-article-behind", "pasted", f"<leaves?>\n\n---\n{ARTICLE}\n---", OWN, "<leaves!>"),
    Template(
        "pasted-article-in-system",
        "pasted",
        (("system", f"Answer the question with the help of these passages.\n\n[1] {ARTICLE}"), ("user", "<leaves?>")),
        OWN,
        "<leaves!>",
    ),
    Template(
        "pasted-chinese-before", "pasted", f"{CHINESE_ARTICLE}\n\n<leaves?>", OWN, "<leaves!>", but=("CJK", "KATAKANA"),
    ),
    Template(
        "pasted-russian-context",
        "pasted",
        f"Context:\n{RUSSIAN_ARTICLE}\n\nQuestion: <leaves?>",
        OWN,
        "<leaves!>",
        but=("CYRILLIC", "en"),
    ),
)  # fmt: skip

_TURNS = (
    Template(
        "turns-thanks", "earlier turns",
        (("user", "<bread?>"), ("assistant", "<bread!>"), ("user", "<thanks?>")), OWN, "<thanks!>",
    ),
    Template(
        "turns-ok", "earlier turns", (("user", "<bread?>"), ("assistant", "<bread!>"), ("user", "ok")), OWN, "<thanks!>",
    ),
    Template(
        "turns-emoji", "earlier turns", (("user", "<leaves?>"), ("assistant", "<leaves!>"), ("user", "👍")), OWN, "<thanks!>",
    ),
    Template(
        "turns-link",
        "earlier turns",
        (("user", "<leaves?>"), ("assistant", "<leaves!>"), ("user", "https://example.com/trees/autumn-colours")),
        OWN,
        "<leaves!>",
    ),
    Template(
        "turns-after-english", "earlier turns",
        (("user", BREAD), ("assistant", "<en:bread!>"), ("user", "<leaves?>")), OWN, "<leaves!>",
    ),
    Template(
        "turns-after-german", "earlier turns",
        (("user", "<de:bread?>"), ("assistant", "<de:bread!>"), ("user", "<leaves?>")), OWN, "<leaves!>",
    ),
    Template(
        "turns-to-english", "earlier turns",
        (("user", "<bread?>"), ("assistant", "<bread!>"), ("user", LEAVES)), ENGLISH, "<en:leaves!>",
    ),
    Template(
        "turns-wrong-answer", "earlier turns",
        (("user", "<bread?>"), ("assistant", "<en:bread!>"), ("user", "<thanks?> <leaves?>")), OWN, "<leaves!>",
    ),
    Template(
        "turns-question-mark", "earlier turns",
        (("user", "<bread?>"), ("assistant", "<bread!>"), ("user", "???")), OWN, "<bread!>",
    ),
    Template(
        "turns-to-french", "earlier turns",
        (("user", "<bread?>"), ("assistant", "<bread!>"), ("user", "<fr:leaves?>")), ("fr",), "<fr:leaves!>",
    ),
    Template(
        "mixed-speakers-pair", "mixed speakers", "Anna: <bread?>\nPaul: <fr:leaves?>", ("<tag>,fr",),
        "Anna: <bread!>\n\nPaul: <fr:leaves!>", but=("fr",),
    ),
    Template("short-thanks", "very short", "<thanks?>", OWN, "<thanks!>"),
    Template("code-reverse", "code", "<code?>", OWN, f"<code!>\n\n{CODE}"),
    Template("code-strict", "code", "<code?>", OWN, f"<code!>\n\n{CODE}", but=("LATIN",), strict=True),
    Template(
        "code-english-request",
        "code",
        "Write a Python dictionary that maps en to a greeting and one more language code to its greeting, here <name>.",
        ENGLISH,
        'Here it is:\n\n```python\ngreetings = {"en": "Thanks, that helps!", "<tag>": "<thanks?>"}\n```',
        but=("en",),
    ),
)  # fmt: skip

EVERYDAY = (
    *_PLAIN, *_ADJECTIVES, *_WORDS, *_INSTRUCTIONS, *_RULES, *_TEXTS, *_PASTED, *_TURNS,
)  # fmt: skip
