"""Prompts in one language that ask for an answer in another: what a distilled model must still do."""

from pathlib import Path

from benchmarks.quality.prompts import Prompt, held_out

__all__ = ["PAIRS", "PREFIX", "selective"]

PREFIX = "asked-in-"
_ASK = {
    ("ko", "zh"): "다음 질문에 중국어로 답해 주세요: {}",
    ("ko", "en"): "다음 질문에 영어로 답해 주세요: {}",
    ("ja", "zh"): "次の質問に中国語で答えてください。{}",
    ("ja", "en"): "次の質問に英語で答えてください。{}",
    ("zh", "en"): "请用英语回答下面的问题：{}",
    ("de", "en"): "Bitte beantworte die folgende Frage auf Englisch: {}",
    ("tr", "en"): "Lütfen şu soruyu İngilizce yanıtla: {}",
    ("ar", "en"): "من فضلك أجب عن السؤال التالي باللغة الإنجليزية: {}",
    ("vi", "en"): "Hãy trả lời câu hỏi sau bằng tiếng Anh: {}",
    ("ru", "en"): "Ответь, пожалуйста, на следующий вопрос по-английски: {}",
    ("ru", "zh"): "Ответь, пожалуйста, на следующий вопрос по-китайски: {}",
}
PAIRS = tuple(_ASK)


def selective(own: str, wanted: str, data: Path, most: int) -> list[Prompt]:
    """Held-out prompts of a language, with the request for an answer in another.

    Raises:
        KeyError: there is no such pair.
    """
    ask = _ASK[own, wanted]
    return [Prompt.of(wanted, ask.format(prompt.text), f"{PREFIX}{own}") for prompt in held_out(own, data, most)]
