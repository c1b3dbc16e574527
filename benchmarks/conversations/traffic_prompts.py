"""Prompts of ordinary traffic: English ones that mention languages, countries or scripts, and plain ones in five languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

__all__ = ["TrafficPrompt", "traffic_prompts"]


@dataclass(frozen=True, slots=True)
class TrafficPrompt:
    """One prompt.

    Attributes:
        language: that the answer should be in.
        scripts: Unicode names of further scripts that a right answer may hold, since the prompt asks for them.
    """

    language: str
    text: str
    scripts: tuple[str, ...] = ()


# A language's name, its country, and the scripts that it is written in besides Latin.
_NAMES = (
    ("Korean", "Korea", ("Hangul", "Han")),
    ("Japanese", "Japan", ("Han", "Hiragana", "Katakana")),
    ("Chinese", "China", ("Han",)),
    ("Russian", "Russia", ("Cyrillic",)),
    ("Arabic", "Egypt", ("Arabic",)),
    ("Greek", "Greece", ("Greek",)),
    ("Hindi", "India", ("Devanagari",)),
    ("Thai", "Thailand", ("Thai",)),
    ("German", "Germany", ()),
    ("French", "France", ()),
    ("Spanish", "Spain", ()),
    ("Turkish", "Turkey", ()),
)
_ABOUT = (
    "Describe the most common ingredients in the cuisine of {country}.",
    "What should a visitor know about public transport in {country}?",
    "Write two sentences about the history of {name} cinema.",
    "Is {name} grammar harder than English grammar?",
    "Our chatbot replies in {name}. List three things that we should test.",
    "Which mistakes do {name} speakers often make in English?",
    "Explain how {name} wedding traditions have changed.",
    "What is the weather like in {country} in spring?",
    "Suggest a title for a book about {name} architecture.",
    "How many people speak {name}?",
    "Compare {name} and Italian table manners.",
    "Give me a short biography of a scientist from {country}.",
    "What are popular sports in {country}?",
    "Name three exports of {country}.",
    "Why do many students learn {name}?",
    "How is {name} law different from English law?",
    "Write a polite e-mail to a customer in {country}.",
    "What gifts are suitable for a dinner in {country}?",
)
_ASKING = (
    'How do you say "good morning" in {name}?',
    "What is the {name} word for water?",
    "Teach me one useful {name} phrase.",
    "Which letters does the {name} alphabet begin with?",
    'Translate "thank you" into {name} and explain the word in English.',
    "How is the name Anna written in {name}?",
    "Quote one famous {name} proverb with its English meaning.",
)

_TOPICS = {
    "de": ("gesunde Ernährung", "Zeitplanung", "Gartenarbeit", "erneuerbare Energie", "gute Nachtruhe", "moderne Kunst",
           "klassische Musik", "Haushaltsplanung", "Kindererziehung", "künstliche Intelligenz"),
    "ko": ("건강한 식습관", "시간 관리", "정원 가꾸기", "재생 에너지",
           "깊은 잠", "현대 미술", "고전 음악", "가계부 쓰기", "아이 교육", "인공 지능"),
    "ja": ("健康的な食事", "時間の管理", "庭の手入れ", "再生可能エネルギー",
           "よい睡眠", "現代美術", "クラシック音楽", "家計の管理", "子どもの教育", "人工知能"),
    "ru": ("здоровое питание", "планирование времени", "садоводство", "возобновляемая энергия",
           "крепкий сон", "современное искусство",
           "классическая музыка", "семейный бюджет", "воспитание детей", "искусственный интеллект"),
    "ar": ("التغذية الصحية", "إدارة الوقت", "العناية بالحديقة", "الطاقة المتجددة", "النوم الجيد", "الفن الحديث",
           "الموسيقى الكلاسيكية", "ميزانية الأسرة", "تربية الأطفال", "الذكاء الاصطناعي"),
}  # fmt: skip
_QUESTIONS = {
    "de": (
        "Schreibe einen kurzen Text über {}.", "Welche Vorteile hat {}?", "Was muss ein Anfänger über {} wissen?",
        "Nenne drei Tatsachen über {}.", "Warum ist {} wichtig?", "Fasse das Thema {} in zwei Sätzen zusammen.",
        "Welche Fehler machen viele, wenn es um {} geht?", "Erkläre einem Kind, was {} bedeutet.",
        "Wie hat sich {} in den letzten Jahren verändert?", "Welche Fragen sollte man zum Thema {} stellen?",
    ),
    "ko": (
        "{}에 대해 짧은 글을 써 주세요.", "{}의 장점은 무엇인가요?",
        "처음 시작하는 사람에게 {}에 대해 알려 주세요.",
        "{}에 관한 사실 세 가지를 말해 주세요.", "{}에 관심을 가져야 하는 이유는 무엇인가요?",
        "{}에 대해 두 문장으로 요약해 주세요.",
        "{}에 관해 흔히 하는 실수는 무엇인가요?", "아이에게 {}에 대해 설명해 주세요.", "최근 {}에 어떤 변화가 있었나요?",
        "{}에 대해 어떤 질문을 해야 할까요?",
    ),
    "ja": (
        "{}について短い文章を書いてください。", "{}のよい点は何ですか。", "初心者に{}について教えてください。",
        "{}についての事実を三つ挙げてください。", "{}が大切なのはなぜですか。", "{}を二つの文でまとめてください。",
        "{}でよくある間違いは何ですか。", "子どもに{}を説明してください。", "最近{}はどのように変わりましたか。",
        "{}についてどんな質問をすればいいですか。",
    ),
    "ru": (
        "Напиши короткий текст. Тема: {}.", "Тема: {}. Какие здесь есть преимущества?", "Тема: {}. Что нужно знать новичку?",
        "Назови три факта на тему «{}».", "Почему тема «{}» важна?", "Изложи тему «{}» в двух предложениях.",
        "Тема: {}. Какие ошибки встречаются чаще всего?", "Объясни ребёнку тему «{}».",
        "Тема: {}. Что изменилось за последние годы?",
        "Какие вопросы можно задать по теме «{}»?",
    ),
    "ar": (
        "اكتب نصًا قصيرًا عن {}.", "ما فوائد {}؟", "ما الذي يجب أن يعرفه المبتدئ عن {}؟", "اذكر ثلاث حقائق عن {}.",
        "ما أهمية {}؟", "لخص موضوع {} في جملتين.", "ما الأخطاء الشائعة في {}؟", "اشرح لطفل معنى {}.",
        "كيف تغيرت النظرة إلى {} في السنوات الأخيرة؟", "ما الأسئلة التي يمكن طرحها حول {}؟",
    ),
}  # fmt: skip


def traffic_prompts() -> Iterator[TrafficPrompt]:
    """300 in English and 100 in each of the other languages."""
    english = (
        TrafficPrompt("en", text.format(name=name, country=country), scripts if text in _ASKING else ())
        for text, (name, country, scripts) in product((*_ABOUT, *_ASKING), _NAMES)
    )
    yield from islice(english, 300)
    for language, topics in _TOPICS.items():
        for question, topic in product(_QUESTIONS[language], topics):
            yield TrafficPrompt(language, question.format(topic))
