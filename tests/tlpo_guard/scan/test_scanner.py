"""Whole answers: what is found, what is left in peace."""

from itertools import pairwise

import pytest

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.intent import Message
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan import Answer, Scanner, answers
from tlpo_guard.scan.judge import AnswerJudge

Found = list[tuple[str, str, str]]


def scan(language: str, text: str, prompt: str = "", *, strict: bool = False) -> Found:
    messages = (Message("user", prompt),) if prompt else ()
    scanned = Scanner(language, allow_english=not strict).scan(Answer(text, messages))
    for drift in scanned.drifts:
        assert text[drift.start : drift.end].strip() == text[drift.start : drift.end] != ""
    return [(drift.kind, drift.detected, text[drift.start : drift.end]) for drift in scanned.drifts]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("ko", "오늘은 复杂한 날씨입니다.", [("script", "Hani", "复杂")]),
        ("ko", "그것은 рынок와 バ이다.", [("script", "Cyrl", "рынок"), ("script", "Kana", "バ")]),
        ("vi", "Đây là một vấn đề 复杂 và khó.", [("script", "Hani", "复杂")]),
        ("ar", "الطقس جميل 今天 جدا", [("script", "Hani", "今天")]),
        ("ja", "今日はいい天気ですね。학교に行きます。", [("script", "Hang", "학교")]),
        ("hi", "आज मौसम хорошо है।", [("script", "Cyrl", "хорошо")]),
        ("de", "Der Winkel α ist größer als β.", []),
        ("ko", "(複雜)", [("script", "Hani", "複雜")]),
        ("ko", "복잡하다는 말은 한자로 이렇게 (複雜) 씁니다.", []),
        ("ko", "`pip install 复杂` 를 https://例子.com 에서 하세요.", []),
    ],
)
def test_scripts(language: str, text: str, found: Found) -> None:
    assert scan(language, text) == found


@pytest.mark.parametrize("language", ["de", "ko", "ar", "ru", "vi", "ja", "th", "el", "hi"])
def test_an_answer_in_english_drifts_from_its_first_word(language: str) -> None:
    text = "Here is a short report about the weather in the capital."
    ((kind, found, where),) = scan(language, text)
    assert (kind, found) == ("line", "en")
    assert where == text.rstrip(".")


def test_one_english_line_among_others() -> None:
    text = "날씨는 아주 맑습니다.\nThis is what the weather report says today.\n내일은 비가 옵니다."
    assert scan("ko", text) == [("line", "en", "This is what the weather report says today")]
    assert scan("en", text, strict=True)[0][0] == "script"


@pytest.mark.parametrize(
    ("language", "text", "english"),
    [
        ("zh", "我对这个结论有一些 doubts，需要再看看。", ["doubts"]),
        ("ja", "この方法は significant な効果があります。", ["significant"]),
        ("ko", "## Overview\n\n모든 것이 잘 작동합니다.", ["Overview"]),
        ("ru", "Это решение, as far as we know, самое простое.", ["as far as we know"]),
        ("ar", "هذه الطريقة quite remarkable في الواقع.", ["quite remarkable"]),
        ("hi", "यह तरीका बहुत straightforward है।", ["straightforward"]),
        ("ko", "새 화면은 60GHz와 M3, iPad Pro, GitHub, eBay를 지원합니다.", []),
        ("ja", "彼はWordPressとnginxを使い、CO₂とpHを測りました。", []),
        ("ru", "Дайверы дышат смесью nitrox, а компания Xiaomi продаёт Redmi Note.", []),
        ("zh", "请运行 setup.py，然后打开 config.yaml 和 get_user_by_id。", []),
        ("ar", "يعمل الجهاز بنظام Android ويدعم USB-C و Wi-Fi.", []),
        ("ko", "그는 어제 (see you later) 라고 말했다.", []),
    ],
)
def test_strict_is_about_english_words_and_not_about_latin_letters(
    language: str, text: str, english: list[str]
) -> None:
    assert [where for _, _, where in scan(language, text, strict=True)] == english
    assert scan(language, text) == []


def test_strict_lets_an_answer_say_words_of_the_conversation() -> None:
    text = "이 문서에서 throughput은 초당 요청 수를 뜻합니다."
    assert [where for _, _, where in scan("ko", text, strict=True)] == ["throughput"]
    assert scan("ko", text, "throughput이 무슨 뜻이에요?", strict=True) == []


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("ru", "Сервис redеплoys запускается ночью.", "redеплoys"),
        ("uk", "Увiмкнiть пристрій.", "iмкнi"),
        ("ru", "Cписок файлов готов.", "C"),
        ("de", "Die Kоnfiguration ist fertig.", "о"),
        ("el", "Η Aθήνα είναι μεγάλη πόλη.", "A"),
        ("ru", "Пришло SMS-сообщение от VIPов, вот PDFка и айди.", None),
        ("el", "Η γωνία λmax και το πr είναι γνωστά.", None),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_words_that_mix_alphabets_are_drift_under_every_policy(
    language: str, text: str, found: str | None, strict: bool
) -> None:
    assert [where for _, _, where in scan(language, text, strict=strict)] == ([found] if found else [])


def test_a_clause_in_english() -> None:
    text = (
        "Die Bienen sind wichtig für die Ernte and play a crucial role in pollinating many crops that we eat, "
        "und sie sind sehr nützlich."
    )
    ((kind, found, where),) = scan("de", text)
    assert (kind, found) == ("word", "en")
    assert where.startswith("and play") and where.endswith("we eat")


def test_a_sentence_in_latin_letters_inside_another_script() -> None:
    text = "오늘 회의에서 we would like to talk about the plan for next year 라고 했습니다."
    ((kind, found, where),) = scan("ko", text)
    assert (kind, found) == ("word", "en")
    assert where.startswith("we would like") and where.endswith("next year")
    assert scan("ko", "오늘 회의에서 Microsoft Office Power Point Word Excel Outlook Teams 를 썼습니다.") == []


def test_english_words_are_neutral_unless_strict() -> None:
    text = "Python은 프로그래밍 language 입니다."
    assert scan("ko", text) == []
    assert [where for _, _, where in scan("ko", text, strict=True)] == ["language"]
    assert scan("ko,en", text, strict=True) == []


@pytest.mark.parametrize(
    ("language", "text", "foreign"),
    [
        (
            "es",
            "Abre el menú de inicio. Em seguida você precisa escolher a opção de desligar. Espera un momento.",
            "Em seguida",
        ),
        (
            "fr",
            "Voici la réponse. We moeten eerst de instellingen van het programma veranderen. C'est tout.",
            "We moeten",
        ),
        ("it", "Ecco il piano. Wir müssen zuerst die Einstellungen des Programms ändern. Poi riparti.", "Wir müssen"),
        ("id", "Tutup aplikasinya dulu. Sau đó bạn cần khởi động lại máy tính của mình nhé. Selesai.", "Sau đó"),
        (
            "da",
            "Jeg synes at dere bør begynne med å vaske hendene, og så kan dere lage deigen sammen med barna deres.",
            "dere bør",
        ),
        (
            "sk",
            "Najprve musíte otevřít nastavení a potom přidat nové pravidlo, které se bude spouštět každý den.",
            "otevřít",
        ),
        (
            "ca",
            "Obre la porta. Luego tienes que cerrar la ventana y apagar todas las luces de la casa. Ja està.",
            "Luego tienes",
        ),
        (
            "de",
            "Das ist fertig. **We should talk about the next version tomorrow morning** und nicht heute.",
            "We should",
        ),
        (
            "de",
            '{"title": "What you should know about the new plan", "text": "Der neue Plan gilt ab morgen."}',
            "What you",
        ),
        ("ru", "Готово. Затова трябва да отворите настройките и да изберете новия език. Спасибо.", "Затова"),
    ],
)
def test_a_sentence_in_another_language_inside_a_line(language: str, text: str, foreign: str) -> None:
    ((_, _, where),) = scan(language, text)
    assert foreign in where
    assert len(where) < len(text) or language in ("da", "sk")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "I'm not sure about that."),
        ("es", "Yes, of course."),
        ("de", "I have no idea."),
        ("ko", "Done! The report is on your desk."),
        ("ja", "Yes, of course."),
        ("fr", "Nein, das geht leider nicht."),
    ],
)
def test_a_short_answer_in_another_language(language: str, text: str) -> None:
    assert scan(language, text) != []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "OK"),
        ("de", "Machine Learning und Big Data sind im Trend."),
        ("ko", "## Machine Learning\n\n기계 학습은 재미있습니다."),
        ("fr", "Le groupe Rage Against the Machine a joué hier soir."),
        ("es", "El disco The Dark Side of the Moon es muy famoso."),
        ("nb", "Jeg vil gjerne vite hvordan vi kan lage en god suppe av grønnsaker."),
        ("id", "Anda boleh menggunakan komputer ini untuk membuat laporan tahunan."),
        ("hr", "Moramo najprije otvoriti prozor i pričekati nekoliko minuta."),
        ("ja", "東京都知事選挙、投票率過去最低。経済的影響は限定的。"),
    ],
)
def test_names_terms_headlines_and_varieties_of_one_language_are_no_drift(language: str, text: str) -> None:
    assert scan(language, text) == []


def test_a_sentence_of_chinese_between_japanese_ones() -> None:
    text = "最初に電源を入れます。我不知道他在哪里工作，但是他是老板。次に画面を見ます。"
    found = "".join(where for _, _, where in scan("ja", text))
    assert found.replace("，", "") == "我不知道他在哪里工作但是他是老板"
    assert scan("ja,zh", text) == []


def test_admitted_languages_stand_in_an_answer_but_are_not_it() -> None:
    judge = AnswerJudge(GuardPolicy(languages=("de",), admitted=("en", "ja")))
    mixed = "Mein Vorschlag lautet so:\n\nfix: close the connection when the server is gone\n\nPasst das für dich?"
    assert judge.drifts(mixed) == ()
    assert judge.drifts("Das Wort 猫 heißt Katze, und ねこ schreibt man so.") == ()
    assert judge.drifts("You should close the connection when the server is gone, and open it again later.") != ()
    assert judge.drifts("猫は動物です。家の中で飼うことができます。とても可愛いです。") != ()
    assert judge.drifts("猫") == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja-Latn", "Kyou wa totemo ii tenki desu ne, sanpo ni ikimashou."),
        ("hi,hi-Latn", "Aaj mausam bahut accha hai, chalo ghoomne chalte hain."),
        ("en,hi", "The weather is nice today. आज मौसम अच्छा है।"),
    ],
)
def test_romanised_and_mixed_languages(language: str, text: str) -> None:
    assert [kind for kind, _, _ in scan(language, text, strict=True) if kind == "script"] == []


def test_what_the_prompt_says_may_be_repeated_in_the_answer_but_not_be_it() -> None:
    prompt = "Fasse den Artikel 'How the young should really invest their money today' zusammen"
    copied = "How the young should really invest their money today"
    assert scan("de", f"Der Artikel {copied} handelt vom Sparen.", prompt) == []
    assert [kind for kind, _, _ in scan("de", copied, prompt)] == ["line"]
    alone = f"Bitte ändern Sie im Programm diese Zeile:\n\n{copied}\n\nDanach ist alles gut."
    assert scan("de", alone, prompt) == []
    assert [kind for kind, _, _ in scan("de", alone)] == ["line"]
    slip = f"Der Artikel ist gut.\nThe young should invest their money in how they really live today, {copied}"
    assert [kind for kind, _, _ in scan("de", slip, prompt)] == ["line"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Der Film „Death by a Thousand Cuts and Other Stories“ läuft heute im Kino."),
        ("fr", "Selon l'Occupational Health and Safety Act de 1970, les employeurs sont responsables."),
        ("ru", "Формула $E = mc^2$ известна всем, см. https://example.org/energy-and-mass."),
        ("tr", "NATO, GPT-4 ve iPhone 15 hakkında 80 km/h hızla konuştuk."),
        ("ko", '{"title": "날씨", "temperature": 23}'),
        ("de", "```python\nfor item in the_list_of_all_things:\n    print(item)\n```\nDas war der Code."),
        ("es", "<think>I should answer in Spanish, of course.</think>El cielo es azul."),
        ("th", "วันนี้อากาศดีมาก iPhone ราคา 30,000 บาท"),
        ("zh", "使用Python编程语言，安装PyTorch，运行模型。"),
    ],
)
def test_what_may_be_foreign(language: str, text: str) -> None:
    assert scan(language, text) == []


def test_the_language_is_the_record_s_then_the_prompt_s() -> None:
    prompt = (Message("user", "Wie ist das Wetter heute in Berlin?"),)
    assert Scanner().scan(Answer("x", prompt)).languages == ("de",)
    assert Scanner().scan(Answer("x", prompt)).decided_by == "prompt"
    assert Scanner("fr").scan(Answer("x", prompt)).languages == ("fr",)
    assert Scanner("fr").scan(Answer("x", prompt, ("ko",))).languages == ("ko",)
    unknown = Scanner().scan(Answer("Here 复杂 и"))
    assert (unknown.languages, unknown.decided_by, unknown.drifts) == ((), "unknown", ())
    with pytest.raises(UnknownLanguageError):
        Scanner("klingon!")
    with pytest.raises(UnknownLanguageError):
        Scanner().scan(Answer("x", languages=("klingon!",)))


@pytest.mark.parametrize(
    "text", ["", "\n\n", "\ud800", "\x00", "a" * 10_000, "`" * 999, "(" * 999, "$" * 999, "<" * 999]
)
def test_odd_texts_are_no_drift_and_hide_none(text: str) -> None:
    for language in ("de", "ko", "th"):
        assert scan(language, text, text) == []
        assert scan(language, f"复杂 {text}") == [("script", "Hani", "复杂")]
        behind = [] if text.startswith("```") else [("script", "Hani", "复杂")]  # all that follows is code
        assert scan(language, f"{text} 复杂") == behind


def test_records_of_every_form() -> None:
    asked = [{"role": "user", "content": "Hallo"}]
    assert [a.text for a in answers({"completion": "x"})] == ["x"]
    assert next(answers({"completion": "x", "prompt": "Hallo"})).prompt == "Hallo"
    log = {"messages": asked, "choices": [{"message": {"content": "a"}}, {"message": {"content": None}}, {"text": "c"}]}
    assert [(a.text, a.prompt) for a in answers(log)] == [("a", "Hallo"), ("", "Hallo"), ("c", "Hallo")]
    apart = {
        "request": {"messages": asked},
        "response": {"choices": [{"message": {"role": "assistant", "content": "a"}}]},
    }
    assert [(a.text, a.prompt) for a in answers(apart)] == [("a", "Hallo")]
    turns = [*asked, {"role": "assistant", "content": "a"}]
    assert [(a.text, a.messages) for a in answers({"messages": turns})] == [("a", (Message("user", "Hallo"),))]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"completion": 3},
        {"messages": [{"role": "user", "content": "x"}]},
        {"choices": {}},
        {"choices": [{}]},
        {"completion": "x", "language": 3},
        {"completion": "x", "messages": "y"},
        {"completion": "x", "prompt": 3},
    ],
)
def test_records_without_an_answer_are_refused(row: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"`\w+`|a record|a choice"):
        list(answers(row))


@pytest.mark.parametrize(
    ("language", "before", "foreign", "letters", "after"),
    [
        (
            "bg",
            "Първо измийте ябълките.",
            "Потом нарежьте их тонкими ломтиками и посыпьте сахаром",
            "ы",
            "Накрая ги изпечете.",
        ),
        (
            "ru",
            "Сначала вымойте яблоки.",
            "Потім наріжте їх тонкими скибками і посипте цукром",
            "ії",
            "В конце испеките их.",
        ),
        ("ar", "اغسل التفاح أولاً.", "سپس آن را به برش های نازک ببرید و روی آن شکر بپاشید", "پی", "في النهاية اخبزها."),
    ],
)
def test_a_sentence_of_a_relative_with_letters_of_its_own_is_found_as_a_whole(
    language: str, before: str, foreign: str, letters: str, after: str
) -> None:
    text = f"{before} {foreign}. {after}"
    found = scan(language, text)
    drifts = Scanner(language).scan(Answer(text)).drifts
    for one, following in pairwise(drifts):
        assert one.end <= following.start
    assert {where for kind, _, where in found if kind == "script"} & set(letters)
    inside = [text[d.start : d.end] for d in drifts]
    assert sum(map(len, inside)) >= 0.8 * len(foreign)
    start, end = text.index(foreign), text.index(foreign) + len(foreign)
    assert all(start <= d.start and d.end <= end for d in drifts)


@pytest.mark.parametrize(
    "text",
    [
        "Das Zeichen ॐ steht für einen Laut, 卍 für Glück.",
        "Der Buchstabe ж klingt weich, und ש steht im Alphabet weit hinten.",
    ],
)
def test_a_letter_that_stands_alone_is_a_sign(text: str) -> None:
    assert scan("de", text) == []


@pytest.mark.parametrize("word", ["и", "و", "和", "は"])
def test_a_word_of_one_letter_is_a_word(word: str) -> None:
    assert [where for _, _, where in scan("de", f"Das Haus {word} der Garten sind groß.")] == [word]


def test_romanised_questions_may_be_answered_in_the_languages_own_script() -> None:
    asked = "Mujhe batao ki chai kaise banate hain, aur usme kya kya daalna hota hai?"
    for text in (
        "पानी उबालिए, फिर उसमें चाय की पत्ती और दूध डालिए।",
        "Paani ubaliye, phir usme chai patti aur doodh daaliye.",
    ):
        assert not Scanner().scan(Answer(text, (Message("user", asked),))).drifts
    assert Scanner().scan(Answer("Boil some water and then add the tea leaves.", (Message("user", asked),))).drifts


@pytest.mark.parametrize(
    "command",
    [
        "dnf upgrade && dnf install -y redis",
        "git checkout main\nmake clean",
        "tar -xzf archive.tar.gz --directory /opt/build",
        "root@web:/srv# docker compose up",
        "$ systemctl status redis",
    ],
)
@pytest.mark.parametrize(
    ("language", "before", "after"),
    [("de", "So geht es:", "Danach läuft der Dienst."), ("ko", "이렇게 하세요.", "이제 서비스가 실행됩니다.")],
)
def test_commands_without_a_fence_are_not_judged(command: str, language: str, before: str, after: str) -> None:
    assert scan(language, f"{before}\n\n{command}\n\n{after}", strict=True) == []


def test_an_english_line_with_a_command_in_it_is_no_command() -> None:
    text = "So geht es:\n\nplease run this program with the option --force and wait until it is done. Then stop it.\n\nFertig."
    assert scan("de", text)


def test_a_word_that_is_nothing_but_a_mark_is_no_word() -> None:
    assert scan("ar", "هذا النص قصير ـ وفيه تطويل ـ ولا شيء غير ذلك.") == []


def test_a_name_in_kana_that_the_question_brought_makes_no_japanese_line() -> None:
    answer = Answer("タカシマヤ在新宿站南口旁边，步行三分钟。", messages=(Message("user", "请问タカシマヤ怎么走？"),))
    assert Scanner().scan(answer).drifts == ()


@pytest.mark.parametrize(
    ("answer", "passed"),
    [("Алматы — Қазақстанның ең үлкен қаласы.", True), ("الماتى — قازاقستاننىڭ ەڭ ۇلكەن قالاسى.", False)],
)
def test_a_script_that_the_user_does_not_write_is_foreign(answer: str, passed: bool) -> None:
    assert (
        not Scanner().scan(Answer(answer, (Message("user", "Қазақстанның ең үлкен қаласы қайсы?"),))).drifts
    ) is passed


@pytest.mark.parametrize(
    ("language", "prompt", "answer", "found"),
    [
        (
            "it",
            "Write a short essay in Italian on the history of glass.",
            "Here's a short essay in Italian on the history of glass:\n\nIl vetro nasce in Oriente e arriva a Roma.",
            "Here's a short essay in Italian on the history of glass",
        ),
        (
            "ru",
            "Write a riddle about a wooden bridge. Respond in Russian.",
            "Sure, here is a riddle about a wooden bridge:\n\nЧерез реку лежит, никуда не бежит.",
            "Sure, here is a riddle about a wooden bridge",
        ),
    ],
)
def test_a_sentence_of_the_answers_own_is_found_though_it_takes_up_the_prompts_words(
    language: str, prompt: str, answer: str, found: str
) -> None:
    assert [(detected, stretch) for _, detected, stretch in scan(language, answer, prompt)] == [("en", found)]


@pytest.mark.parametrize(
    "answer",
    [
        "Le titre « A short history of glass » est bien trouvé.\n\nUn autre :\n- A short history of glass and light",
        "Le livre A short history of glass and light est épuisé depuis dix ans chez cet éditeur.",
    ],
)
def test_what_is_copied_as_a_whole_or_inside_the_answers_own_sentences_is_not(answer: str) -> None:
    assert scan("fr", answer, "Que penses-tu de A short history of glass and light, et de ce titre ?") == []


@pytest.mark.parametrize(
    ("language", "answer", "found"),
    [
        ("de", '{"title": "🍞 Baking Rye Bread At Home"}', "Baking Rye Bread At Home"),
        ("de", '{"title": "Roasting Kohlrabi At Home"}', "Roasting Kohlrabi At Home"),
        ("fr", '{"title": "Remote Work Productivity Tips"}', "Remote Work Productivity Tips"),
        ("ru", '{ "title": "Growing Tomatoes On A Balcony" }', "Growing Tomatoes On A Balcony"),
    ],
)
def test_an_english_title_that_is_all_of_an_answer_is_found(language: str, answer: str, found: str) -> None:
    assert [stretch for _, _, stretch in scan(language, answer)] == [found]


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("de", '{"title": "🍞 Roggenbrot zu Hause backen"}'),
        ("de", '{"club": "Manchester United Football Club"}'),
        ("fr", '{"ville": "New York", "journal": "New York Times"}'),
        ("de", "Game of Thrones"),
    ],
)
def test_names_that_are_all_of_an_answer_are_not(language: str, answer: str) -> None:
    assert scan(language, answer) == []
