"""Three policies, and what each lets pass: Hinglish, traditional Chinese only, a code assistant in Korean."""

from tlpo_guard import Answer, Scanner

HINGLISH = Scanner("hi,hi-Latn,en")  # Hindi in Devanagari or in Latin letters, and English
TRADITIONAL = Scanner("zh-Hant", allow_english=False)
ASSISTANT = Scanner("ko")  # English terms and code may stand in a Korean answer

ANSWERS = [
    ("Hinglish", HINGLISH, "Aaj ka mausam बहुत अच्छा है, so let's go outside."),
    ("Hinglish", HINGLISH, "Aaj ka mausam 很好."),
    ("traditional Chinese", TRADITIONAL, "今天的天氣很好。"),
    ("traditional Chinese", TRADITIONAL, "这里的天氣很好。"),
    ("code assistant", ASSISTANT, "리스트를 정렬하려면 `sorted(items)`를 쓰세요. list comprehension도 좋습니다."),
    ("code assistant", ASSISTANT, "리스트를 정렬하려면 排序 함수를 쓰세요."),
]

for name, scanner, text in ANSWERS:
    drifts = scanner.scan(Answer(text)).drifts
    wrong = ", ".join(text[drift.start : drift.end] for drift in drifts)
    print(f"{name}: {text}\n    {'drifts: ' + wrong if wrong else 'fine'}")
