"""Prompts of the tour, written for it: topics times questions. Training and held-out prompts share no topic."""

from itertools import product

__all__ = ["held_out_prompts", "training_prompts"]

_KO = [
    "건강한 식습관",
    "깊은 잠",
    "아침 운동",
    "독서 습관",
    "시간 관리",
    "스트레스 해소",
    "외국어 공부",
    "저축",
    "여행 준비",
    "강아지 돌보기",
    "화분 가꾸기",
    "집 청소",
    "집밥 요리",
    "사진 찍기",
    "글쓰기",
    "면접 준비",
    "친구 사귀기",
    "아이 교육",
    "등산",
    "캠핑",
    "자전거 타기",
    "물 절약",
    "발표 준비",
    "기억력 향상",
    "감기 예방",
    "눈 건강",
    "허리 통증 예방",
    "가족과의 대화",
    "봉사 활동",
    "겨울 난방",
]
_RU = [
    "здоровое питание",
    "крепкий сон",
    "утренняя зарядка",
    "привычка читать",
    "планирование времени",
    "борьба со стрессом",
    "изучение языков",
    "экономия денег",
    "подготовка к поездке",
    "уход за собакой",
    "комнатные растения",
    "уборка дома",
    "домашняя кухня",
    "фотография",
    "подготовка к собеседованию",
    "воспитание детей",
    "поход в горы",
    "езда на велосипеде",
]
_ASK = {
    "ko": [
        "{}에 도움이 되는 방법을 알려 주세요.",
        "{}에 대해 쉽게 설명해 주세요.",
        "{}의 장점은 무엇인가요?",
        "{}을(를) 처음 시작하는 사람에게 조언해 주세요.",
        "왜 사람들은 {}에 관심을 가질까요?",
        "{}에 관한 짧은 글을 써 주세요.",
    ],
    "ru": [
        "Расскажите на эту тему: {}.",
        "Тема: {}. С чего начать?",
        "Дайте три совета. Тема: {}.",
        "Почему это важно: {}?",
    ],
}
_TOPIC_LIST = {"ko": _KO, "ru": _RU}
_HELD_OUT_SHARE = 3  # every third topic


def _prompts(language: str, *, held_out: bool) -> list[str]:
    topics = [t for i, t in enumerate(_TOPIC_LIST[language]) if (i % _HELD_OUT_SHARE == 0) == held_out]
    return [question.format(topic) for question, topic in product(_ASK[language], topics)]


def training_prompts(language: str) -> list[str]:
    """Prompts to log events on; `ko` or `ru`."""
    return _prompts(language, held_out=False)


def held_out_prompts(language: str) -> list[str]:
    """Prompts on other topics, to measure on."""
    return _prompts(language, held_out=True)
