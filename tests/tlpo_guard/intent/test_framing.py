import pytest

from tlpo_guard.intent.framing import frame_script


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Siapa 王家卫?", "Latn"),
        ("鄧麗君 là ai vậy?", "Latn"),
        ("王家卫 คือใคร", "Thai"),
        ("من هي 邓丽君؟", "Arab"),
        ("Достоевский是谁？", "Hani"),
        ("When was Фёдор Достоевский born?", "Latn"),
        ("サイゼリヤ几点开门？", "Hani"),
        ("你看过ちはやふる吗？", "Hani"),
        ("你好ってどういう意味？", "Jpan"),
        ("東京タワーの高さは？", "Jpan"),
        ("Steam 下载", "Hani"),
    ],
)
def test_a_name_in_another_script_does_not_frame_the_sentence(text: str, script: str) -> None:
    assert frame_script(text)[0] == script
