"""What may be foreign, each kind by itself, and what only looks like it."""

import pytest

from tlpo_guard.exemptions import Exemption, blank, marked, no_language
from tlpo_guard.exemptions.abbreviations import Acronyms, Units
from tlpo_guard.exemptions.code import FencedCode, Identifiers, InlineCode
from tlpo_guard.exemptions.commands import Commands, ErrorMessages
from tlpo_guard.exemptions.formulas import Latex
from tlpo_guard.exemptions.links import Links
from tlpo_guard.exemptions.proper_names import Names
from tlpo_guard.exemptions.quotes import Glosses, Logs, QuotedLines, Quotes
from tlpo_guard.exemptions.reasoning import Reasoning
from tlpo_guard.exemptions.structured_data import JsonKeys, Markup, ToolCalls
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.expected_words import ExpectedWords
from tlpo_guard.words import WordDrift


def expected_words(tag: str) -> ExpectedWords:
    return ExpectedWords(GuardPolicy(languages=(tag,)).languages, WordDrift([tag]))


def found(exemption: Exemption, text: str) -> list[str]:
    spans = list(exemption.spans(text))
    assert spans == sorted(spans)
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("설치:\n```bash\npip install torch\n```\n끝", ["```bash\npip install torch\n```"]),
        ("~~~python\nx = 1\n", ["~~~python\nx = 1\n"]),
        ("````\n```\ncode();\n```\n````\n", ["````\n```\ncode();\n```\n````"]),
        ("```\nfor x in y:\n    print(x)\n```", ["```\nfor x in y:\n    print(x)\n```"]),
        ("```text\nThis is prose, not code.\n```", ["```text", "```"]),
        ("```\nThis is prose, not code.\nAnd so is this.\n```", ["```", "```"]),
        ('```json\n{"summary": "A long text"}\n```', ["```json", "```"]),
        ("``` kein Block ``` und Text\nnoch Text", []),
        ("> ```sh\n> make all\n> ```\nText", ["> ```sh\n> make all\n> ```"]),
        ("kein Code", []),
    ],
)
def test_fenced_code(text: str, code: list[str]) -> None:
    assert found(FencedCode(), text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("`pip install x` 하세요", ["`pip install x`"]),
        ("``a b`` und `d`", ["``a b``", "`d`"]),
        ("``a ` b`` und ```c```", ["``a ` b``", "```c```"]),
        ("`` offen und `zu`", ["`zu`"]),
        ("ein ` allein\nund ` noch einer", []),
    ],
)
def test_inline_code(text: str, code: list[str]) -> None:
    assert found(InlineCode(), text) == code


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            'Der TypeError: can only add str (not "int") to str. Er kommt oft.',
            ['TypeError: can only add str (not "int") to str'],
        ),
        ("Es kam java.io.IOException: file not found.\nUnd dann?", ["IOException: file not found"]),
        ("Error: das ist kein Name. Ein ValueError kommt selten.", []),
    ],
)
def test_messages_of_errors_inside_a_line(text: str, messages: list[str]) -> None:
    assert found(ErrorMessages(), text) == messages


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ('Gib git commit -m "fix the bug in the parser" ein.', ['git commit -m "fix the bug in the parser"']),
        ("Mit git reset --hard HEAD~1 geht es.", ["git reset --hard HEAD~1"]),
        ("Dann pip install -r requirements.txt und fertig.", ["pip install -r requirements.txt"]),
        ("Mit Git. Ein digit und legit sind nichts.", []),
    ],
)
def test_commands_inside_a_line(text: str, commands: list[str]) -> None:
    assert found(Commands(), text) == commands


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ruf erst load_all_rows(path) auf, dann table.row_count.", ["load_all_rows(path)", "table.row_count"]),
        ("먼저 parseDate()를 부르고 sort()로 정렬", ["parseDate()", "sort()"]),
        ("Setze $HOME_DIR und maxRetries.", ["$HOME_DIR", "maxRetries"]),
        ("Die Leser(innen) lesen _kursiv_ und fett.", []),
    ],
)
def test_names_of_code_that_nothing_marks(text: str, names: list[str]) -> None:
    assert found(Identifiers(), text) == names


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Siehe https://example.org/a?b=c#d und www.example.com.", ["https://example.org/a?b=c#d", "www.example.com."]),
        ("메일: kim.lee@example.co.kr 로", ["kim.lee@example.co.kr"]),
        ("Öffne setup.py oder /usr/local/bin", ["setup.py", "/usr/local/bin"]),
        ("Das ist gut. Und das auch. 3.5 und 4/5", []),
        ("@someone schrieb #hashtag", ["@someone", "#hashtag"]),
    ],
)
def test_links(text: str, links: list[str]) -> None:
    assert found(Links(), text) == links


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (r"Die Formel $E = mc^2$ gilt.", ["$E = mc^2$"]),
        (r"\[\frac{a}{b}\] и \(x\)", [r"\[\frac{a}{b}\]", r"\(x\)"]),
        (r"\begin{align}a &= b\end{align}", [r"\begin{align}a &= b\end{align}"]),
        (r"\begin{cases}a &= b", [r"\begin{cases}a &= b"]),
        (r"$$x$$ und \[ offen, \(y\) nicht", ["$$x$$", r"\(y\)"]),
        ("Es kostet $5 heute und $10 morgen", []),
        ("von $5 and up to $", []),
    ],
)
def test_latex(text: str, formulas: list[str]) -> None:
    assert found(Latex(), text) == formulas


def test_json_keys_but_not_their_values() -> None:
    assert found(JsonKeys(), '{"title": "Ein Titel", "word count": 3}') == ['"title"', '"word count"']
    assert found(JsonKeys(), "Hinweis: kein JSON") == []
    assert found(JsonKeys(), '{"This is a whole sentence, and no key": 1}') == []


def test_tool_calls_and_markup() -> None:
    call = '<tool_call>{"name": "get_weather", "arguments": {"city": "Seoul"}}</tool_call>'
    assert found(ToolCalls(), f"잠시만요 {call} 네") == [call]
    assert found(ToolCalls(), '[TOOL_CALLS][{"name": "f"}]') == ['[TOOL_CALLS][{"name": "f"}]']
    assert found(Markup(), 'a <b class="x">fett</b> &amp; 3 < 4') == ['<b class="x">', "</b>", "&amp;"]


def test_reasoning_is_exempt_unless_asked_for() -> None:
    text = "<think>Let me think about this.</think>안녕하세요"
    assert found(Reasoning(), text) == ["<think>Let me think about this.</think>"]
    assert found(Reasoning(), "<think>still thinking") == ["<think>still thinking"]
    assert marked(text, no_language()).sum() > marked(text, no_language(reasoning=True)).sum()


@pytest.mark.parametrize(
    ("tag", "text", "quotes"),
    [
        ("de", "Das englische Wort „serendipity and luck“ ist schön.", ["„serendipity and luck“"]),
        ("fr", "Il a répondu « see you later » hier soir.", ["« see you later »"]),
        ("ja", "彼は「see you later」と言って帰りました。", ["「see you later」"]),
        ("ko", "그는 어제 (see you later) 라고 말했다.", ["(see you later)"]),
        ("ru", "Он сказал вчера «see you later» и ушёл.", ["«see you later»"]),
        ("de", '"Here is the whole answer in English."', []),
        ("ru", "«Here is the whole answer in English.»", []),
        ("de", '"Here is an answer" ok', []),
        ("de", "Er sagte gestern zu mir:\n“Here is the answer.”", []),
        ("de", "Das war „nie geschlossen und so weiter", []),
    ],
)
def test_quotations_in_a_line_of_the_expected_language(tag: str, text: str, quotes: list[str]) -> None:
    assert found(Quotes(expected_words(tag).count), text) == quotes


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("Das bedeutet hier *machine learning* und nichts anderes.", ["*machine learning*"]),
        (
            "Ich lese gerade *The Old Man and the Sea and Other Stories* im Zug.",
            ["*The Old Man and the Sea and Other Stories*"],
        ),
        ("Das ist *what we all have been waiting for* und nichts anderes.", []),
        ("Das ist hier (because we have been waiting for so long) nicht anders.", []),
        (
            f"Im Brief steht wörtlich “{'we are sorry to tell you ' * 20}” und mehr nicht.",
            [f"“{'we are sorry to tell you ' * 20}”"],
        ),
    ],
)
def test_terms_and_titles_in_emphasis_or_brackets_but_no_clauses(text: str, quotes: list[str]) -> None:
    assert found(Quotes(expected_words("de").count), text) == quotes


def test_pure_quotations_hold_no_word_of_the_expected_language() -> None:
    text = "Она сказала «see you later» и «новый feature» вчера вечером."
    assert found(Quotes(expected_words("ru").count, pure=True), text) == ["«see you later»"]
    assert len(found(Quotes(expected_words("ru").count), text)) == 2


@pytest.mark.parametrize(
    ("text", "glosses"),
    [
        ("Das chinesische Wort (复杂) bedeutet schwierig.", ["(复杂)"]),
        ("Kiew (ukrainisch: Київ; russisch Киев) ist die Hauptstadt.", ["(ukrainisch: Київ; russisch Киев)"]),
        ("Osaka (大阪市, Ōsaka-shi) ist eine große Stadt.", ["(大阪市, Ōsaka-shi)"]),
        ("Er sagte leise „до свидания“ und ging nach Hause.", ["„до свидания“"]),
        ("Das ist ein schweres (这个问题很复杂，需要时间。) Problem hier.", []),
        ("Das ist ein schweres **复杂** Problem für uns.", []),
        ("Das war „это очень сложный вопрос для всех нас сегодня“ für mich.", []),
        ("(复杂)", []),
    ],
)
def test_glosses_in_another_script_are_short(text: str, glosses: list[str]) -> None:
    assert found(Glosses(expected_words("de").count), text) == glosses


def test_quoted_lines_in_an_answer_of_the_expected_language() -> None:
    quoted = "> Could you please send it again?"
    assert found(QuotedLines(expected_words("de").count), f"Er hat das hier geschrieben:\n{quoted}\n") == [quoted]
    assert found(QuotedLines(expected_words("de").count), quoted) == []


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-01 09:00:00 ERROR worker-3: could not open the connection",
        "[12:30:01] the build has failed",
        "Traceback (most recent call last):",
        '  File "/srv/app/main.py", line 3, in run',
        "    at com.example.Main.run(Main.java:12)",
        "ValueError: the value is not in the list",
        "error: failed to push some refs to the server",
        "$ git push --force",
    ],
)
def test_lines_of_logs(line: str) -> None:
    assert found(Logs(), f"Im Protokoll steht dies.\n{line}\nDas ist der Fehler.") == [line]
    assert found(Logs(), "Der Error ist behoben. Es war 12:30 Uhr.") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Das ist der Occupational Health and Safety Act von 1970", ["Occupational Health and Safety Act"]),
        ("Here Is The Whole Title", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert found(Names(expected_words("de").count), text) == names


def test_acronyms_and_units() -> None:
    assert found(Acronyms(), "Die NATO nutzt GPT-4 und H2O, aber Anna nicht") == ["NATO", "GPT-4", "H2O"]
    assert found(Units(), "80 km/h bei 23 °C und 5kg, kein km allein") == [" km/h", "°C", "kg"]


def test_blanking_keeps_places_and_lines() -> None:
    text = "가 `a\u0301b` 나\n```x\ncode();\n```\n😀 다"
    plain = blank(text, marked(text, no_language()))
    assert len(plain) == len(text)
    assert [i for i, c in enumerate(text) if c == "\n"] == [i for i, c in enumerate(plain) if c == "\n"]
    assert plain.split() == ["가", "나", "😀", "다"]
