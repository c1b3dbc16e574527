import pytest

from tlpo_guard.intent.prompt_language import prompt_language

ENGLISH = "The central bank raised interest rates for the third time this year. Analysts expect more before winter."


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (f"Fasse den Text zusammen:\n\n{ENGLISH}", "de"),
        (f"{ENGLISH}\n\nStimmt das mit unserer Webseite überein?", "de"),
        (f"이 글을 요약해 줘.\n\n{ENGLISH}", "ko"),
        ("What is the tone of this? 안녕하세요, 회의 시간을 바꿀 수 있을까요?", "en"),
        ('Analiza esta reseña: "Worst hotel ever, the staff was rude."', "es"),
        ('Complete a frase: "No campo da energia, a fusão nuclear..."', "pt"),
        ("> Bonjour, pouvez-vous me rappeler ?\n\nIs this customer angry?", "en"),
        ("Hola Coral! Soy Carlos y quisiera aumentar las ventas de mi tienda.", "es"),
    ],
)
def test_the_writers_own_words_decide(text: str, tag: str) -> None:
    assert prompt_language(text)[0] == tag
