"""Letters that stand for themselves are no drift; words of their script are."""

import pytest

from tlpo_guard.brought import Brought
from tlpo_guard.intent import Message
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge

FACES = "(´・ω・`) ( ͡° ͜ʖ ͡°) (ノಠ益ಠ)ノ彡┻━┻ ¯\\_(ツ)_/¯ ಠ_ಠ ヽ(´▽`)/ (゜Д゜) ʕ•ᴥ•ʔ ツ (づ｡◕‿‿◕｡)づ ლ(ಠ益ಠლ)"


def drifts(tag: str, text: str, **flags: bool) -> list[str]:
    judge = AnswerJudge(GuardPolicy(languages=(tag,), **flags))
    return [text[drift.start : drift.end] for drift in judge.drifts(text)]


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("ko", "원의 넓이는 πr²이고 Δx와 kΩ, μm, λ₀·ε₀, α입자, 3σ, ΔT를 씁니다. 차이는 Δλ이다."),
        ("ja", "βカロテンとμ粒子、Σ記号、第Ⅲ章、㈱、℃、5㎏。"),
        ("ru", "Площадь круга πr², μ-мезон, λx.x и α-частица."),
        ("de", "Die Verbindung ΦΒΚ, die Gruppe Ш(E/K), die Kardinalzahl א₀ und der Tensor g_μν."),
        ("en", 'The letter "ж" is not the letter Ж. Prices in ৳, ฿, ﷼ and ៛.'),
        ("ko", "㈜한빛은 서울에 있습니다. ㉠과 ㉡을 비교하세요. ﷺ ª º"),
        ("en", "It is written /ˈmæθs/, /ɪç/ or [θɪŋk]."),
        *((tag, f"a {FACES} b") for tag in ("ko", "en", "ru", "ja", "hi")),
    ],
)
def test_symbols_signs_and_faces_are_no_drift(tag: str, text: str) -> None:
    assert drifts(tag, text) == []
    assert drifts(tag, text, allow_english=False) == []


@pytest.mark.parametrize(
    ("tag", "text", "found"),
    [
        ("en", "The answer is λόγος here.", ["λόγος"]),
        ("en", "Take the η πόλη road.", ["η πόλη"]),
        ("en", "Add salt и pepper.", ["и"]),
        ("ko", "그는 的 사람이다.", ["的"]),
        ("ko", "음식은 αβγ이다.", ["αβγ"]),
        ("ja", "この処理は复杂ですが、风险があります。", ["复杂", "风险"]),
        ("ja", "これはжです。", ["ж"]),
        ("ja", "所得・财産（Gini）の**分布**です。", ["财"]),
        ("ru", "Это просто слово містить, и всё.", ["і"]),
        ("zh-Hant", "颱風來臨前應該准备飲用水，检查門窗。", ["备", "检"]),
    ],
)
def test_words_of_a_foreign_script_are(tag: str, text: str, found: list[str]) -> None:
    assert drifts(tag, text) == found


def test_a_word_that_the_conversation_brought_may_hold_letters_that_the_language_lacks() -> None:
    judge = AnswerJudge(GuardPolicy(languages=("ru",)))
    text = "Слово «вітрило» переводится как парус; вітрило бывает белым."
    brought = Brought.of([Message("user", "Что значит слово вітрило?")])
    assert [text[drift.start : drift.end] for drift in judge.drifts(text)] == ["і"]
    assert judge.drifts(text, brought) == ()


def test_arabic_may_transcribe_a_foreign_name_with_a_letter_of_persian() -> None:
    assert drifts("ar", "تعمل شركة أوپل في مجال السيارات منذ سنوات طويلة.") == []
    assert drifts("ar", "هذا پنجره كبير.") != []
