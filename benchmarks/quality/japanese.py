"""Japanese prompts, written for this benchmark: topics times questions. Training and held-out prompts share no topic."""

from itertools import product

__all__ = ["japanese_prompts"]

_HELD_OUT_SHARE = 3  # every third topic
_TOPICS = (
    "健康的な食生活",
    "質のよい睡眠",
    "朝の運動",
    "読書の習慣",
    "時間の使い方",
    "気分転換",
    "貯金",
    "旅行の準備",
    "犬の世話",
    "観葉植物",
    "部屋の掃除",
    "家庭料理",
    "写真の撮り方",
    "面接の準備",
    "山登り",
)
_ASK = (
    "{}について、やさしく説明してください。",
    "{}に役立つ方法を教えてください。",
    "{}の良いところは何ですか。",
    "{}を始める人に助言をください。",
    "なぜ多くの人が{}に関心を持つのでしょうか。",
    "{}について短い文章を書いてください。",
)


def japanese_prompts(*, held_out: bool) -> list[str]:
    """Prompts to log events on, or those on other topics, to measure on."""
    topics = [topic for i, topic in enumerate(_TOPICS) if (i % _HELD_OUT_SHARE == 0) == held_out]
    return [question.format(topic) for question, topic in product(_ASK, topics)]
