"""What a scan lets pass is punished by no reward: code, copies, names, glosses."""

import pytest

from distill.selection.groups import Group
from distill.tlpo.rewards import LanguageRules, RulesOf
from tests.tlpo_guard.vocabulary.vocabularies import vocabulary
from tlpo_guard.guard.detector import DriftDetector

SMOLLM2 = vocabulary("smollm2")
RULES_OF = RulesOf(DriftDetector(SMOLLM2.index))


def ids(text: str) -> tuple[int, ...]:
    return tuple(SMOLLM2.encode(text))


def rules(language: str, prompt: str = "", **options: bool) -> LanguageRules:
    return RULES_OF(Group("a", ids(prompt or "?"), len(ids(prompt or "?")), (0,), language, **options))  # type: ignore[arg-type]


GERMAN = "Um den Server zu starten, öffnest du die Konsole und gibst das ein:\n\n"


@pytest.mark.parametrize(
    ("before", "branch"),
    [
        (GERMAN, "```bash\nsudo systemctl"),
        (GERMAN + "```", "bash\ncd the"),
        (GERMAN + "```bash\n", "docker compose up and"),
        ("Rufe dazu den Befehl ", "`make install and then`"),
        ("Rufe dazu den Befehl ", "`make install and"),
        ("Die Formel lautet $x_{", "where the force is"),
        ("<think>", "The user wants the"),
    ],
)
def test_code_formulas_and_reasoning_are_no_drift(before: str, branch: str) -> None:
    assert not rules("de").drifts(ids(before), ids(branch))


@pytest.mark.parametrize(
    ("before", "branch"),
    [
        (GERMAN, "```bash\nls\n```\nThen the server starts"),
        (GERMAN + "```bash\nls\n```\n", "Then the server starts"),
        ("Rufe dazu den Befehl `make` auf. ", "Then the server starts"),
    ],
)
def test_words_behind_code_are(before: str, branch: str) -> None:
    assert rules("de").drifts(ids(before), ids(branch))


def test_nothing_is_masked_or_weighed_inside_code() -> None:
    inside, outside = ids(GERMAN + "```python\n# "), ids(GERMAN)
    assert not rules("de").drifting(inside).any() and not rules("ko").blocked(inside).any()
    assert rules("de").drifting(outside).any() and rules("ko").blocked(outside).any()


def test_copies_of_the_prompt_and_glosses_are_no_drift_but_other_words_of_their_script_are() -> None:
    asked = rules("de", "Was bedeutet „頑張って“?")
    assert not asked.has_drifted(ids("Das Wort "), ids("頑張って"))
    assert not rules("de").has_drifted(ids("Das ist Kiew ("), ids("Київ"))
    assert asked.has_drifted(ids("Das Wort "), ids("複雑"))
    assert rules("de").has_drifted(ids("Das Wort "), ids("頑張って"))


def test_strict_is_about_english_and_not_about_names() -> None:
    strict = rules("ko", allow_english=False)
    assert not strict.drifts(ids("이것은 "), ids("NATO")) and not strict.drifts(ids("주파수는 5"), ids("GHz"))
    assert strict.drifts(ids("이것은 "), ids("the food"))


@pytest.mark.parametrize(
    ("before", "branch"),
    [
        ("질문은", " Stack Overflow에"),
        ("2016년,", " AlphaGo가"),
        ("문의는", " help@example."),
        ("가장 간단한 모델은", " y = ax + b"),
        ("가게 앞에는 “", "Today's Special”"),
        ("실행 결과:\n\n```\n", "Hello, what is"),
        ("응답은 이렇습니다: {", '"name": "'),
        ("자료는 https://", "example.org"),
        ("이 호텔은", " Four Seasons"),
        ("비례식은 다음과 같습니다.\n", "I ∝ V"),
    ],
)
def test_words_in_latin_letters_are_judged_whole_and_by_what_is_around(before: str, branch: str) -> None:
    assert not rules("ko", allow_english=False).drifts(ids(before), ids(branch))


@pytest.mark.parametrize(
    ("before", "branch"),
    [
        ("이것은", " automatically"),
        ("과일에는 비타민이 풍부", "ful한"),
        ("", "Eat a"),
        ("물을", " and 마시"),
        ("빵", " und 물"),
        ("그것은", " mañana 이다"),
        ("저녁에", " cenar en 식당"),
        ("전문", "rience 있는"),
    ],
)
def test_english_and_scraps_of_other_languages_are_drift(before: str, branch: str) -> None:
    assert rules("ko", allow_english=False).drifts(ids(before), ids(branch))


def test_a_capitalised_word_that_may_become_a_name_is_decided_by_what_follows() -> None:
    strict, before = rules("ko", allow_english=False), ids("질문은")
    assert not strict.has_drifted(before, ids(" Over"))
    assert strict.drifts(before, ids(" Over the"))


def test_chinese_in_japanese_is_told_by_its_characters() -> None:
    japanese = rules("ja", allow_english=False)
    assert not japanese.script_decides
    assert japanese.drifts(ids("機械学習では、"), ids("没有")) and japanese.drifts(ids("関数を使うと、"), ids("你可以"))
    assert not japanese.drifts(ids("これは"), ids("「我们都是中国人」という"))
    asked = rules("ja", "「北京大学的历史」はどういう意味ですか。", allow_english=False)
    assert not asked.drifts(ids("これは"), ids("北京大学的历史のことです"))
    drifting = ids("これは答えです。") + ids("我们都是中国人，所以没有问题。")
    assert japanese.first_drift(drifting) is not None and japanese.first_drift(ids("これは答えです。")) is None
    assert not japanese.drifts(ids("野菜を"), ids("積極的に")) and not japanese.drifts(ids("列車は東京に"), ids("到着"))


@pytest.mark.parametrize(
    ("language", "before", "branch", "drift"),
    [
        ("de", "Sein Satz lautet: „", "God does not play dice with", False),
        ("de", "Eine sorgfält", "ful Planung spart", True),
        ("de", "Das Wetter ist", " und schön heute", False),
        ("tr", "Hava güzelse", " und gidebilirsiniz ama", True),
        ("vi", "Sông Hồng có vai trò", " to lớn đối", False),
        ("vi", "Phở là món ăn nổi tiếng", " of Hà Nội", True),
        ("ru", "Значение угла", " α лежит между", False),
        ("de", "Das Spiel ist alt.", " However, es lebt", True),
        ("de", "Das Gerät kam von Dr.", " However und lief", False),
        ("de", "Man sollte den Lärm", " reduce und dann", True),
        ("de", "Wir fahren morgen", " mañana wieder nach", True),
        ("de", "Die Machb", "ability der Idee", True),
        ("tr", "Projeyi geliştir", "ing gerekir", True),
        ("tr", "Sabahları", " podcast dinler", False),
        ("tr", "Burada", ' "increase" fiili', False),
        ("vi", "Gửi thư đến", " office@example.", False),
        ("ru", "Он работает", " para una empresa", True),
        ("ru", "Пишите на", " info@my-office.", False),
        ("ru", "Адрес сайта", " river-park.", False),
        ("ru", "У нас", " дуже добре", True),
    ],
)
def test_single_words_between_own_ones(language: str, before: str, branch: str, drift: bool) -> None:
    assert rules(language).drifts(ids(before), ids(branch)) == drift


def test_an_answer_drifts_at_its_first_token_that_is_no_code() -> None:
    clean = GERMAN + "```bash\nsudo apt install the package and run it\n```\nDanach ist der Server bereit. "
    assert rules("de").first_drift(ids(clean)) is None
    answer = ids(clean) + ids("Then you can open the browser and see the page.")
    place = rules("de").first_drift(answer)
    assert place is not None and SMOLLM2.spelled(list(answer[place:])).decode().lstrip().startswith("Then")
    assert rules("de").first_drift(ids(clean) + ids("複雑")) == len(ids(clean))


@pytest.mark.parametrize(
    ("prompt", "before", "branch", "drift"),
    [
        ("", "Выражение", " buenas noches значит", True),
        ("Что значит «buenas noches»?", "Выражение", " buenas noches значит", False),
        ("", "Доброй ночи по-испански", " (buenas noches).", False),
        ("", "Доброй ночи —", " «muy buenas noches a todos»", False),
    ],
)
def test_words_of_a_third_language_may_be_copied_glossed_and_quoted(
    prompt: str, before: str, branch: str, drift: bool
) -> None:
    assert rules("ru", prompt, allow_english=False).drifts(ids(before), ids(branch)) == drift
