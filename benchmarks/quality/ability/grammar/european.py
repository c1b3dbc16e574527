"""English, German, Russian and Turkish."""

from collections.abc import Mapping, Sequence

from benchmarks.quality.ability.grammar.template import Template

__all__ = ["TEMPLATES"]

_EN_NOUNS = [("teacher", "teachers"), ("dog", "dogs"), ("doctor", "doctors"), ("child", "children"), ("neighbour", "neighbours"),
             ("painter", "painters"), ("farmer", "farmers"), ("student", "students")]  # fmt: skip
_EN_VERBS = [
    ("sings", "sing"),
    ("works", "work"),
    ("sleeps", "sleep"),
    ("waits", "wait"),
    ("laughs", "laugh"),
    ("runs", "run"),
]
_EN_PLACES = ["in the garden", "near the river", "at the station", "behind the house"]
_EN = [
    Template("agreement, plural subject", "The {n[1]} {v[1]} {p}.", "The {n[1]} {v[0]} {p}.",
             {"n": _EN_NOUNS, "v": _EN_VERBS, "p": _EN_PLACES}),
    Template("agreement over a phrase", "The {n[0]} with the {m[1]} {v[0]} {p}.", "The {n[0]} with the {m[1]} {v[1]} {p}.",
             {"n": _EN_NOUNS[:4], "m": _EN_NOUNS[4:], "v": _EN_VERBS, "p": _EN_PLACES}),
    Template("reflexive", "The {n[1]} {v} themselves.", "The {n[1]} {v} himself.",
             {"n": _EN_NOUNS, "v": ["saw", "hurt", "blamed", "helped", "taught", "washed", "admired", "described"]}),
    Template("word order, adjective", "She bought a {a} {t}.", "She bought a {t} {a}.",
             {"a": ["small", "red", "cheap", "heavy", "new", "beautiful", "clean", "round"],
              "t": ["table", "car", "lamp", "bag", "book", "coat", "chair", "boat"]}),
]  # fmt: skip

_DE_NOUNS = [("Der Hund", "Die Hunde"), ("Der Lehrer", "Die Lehrer"), ("Das Kind", "Die Kinder"),
             ("Die Frau", "Die Frauen"), ("Der Nachbar", "Die Nachbarn"), ("Die Katze", "Die Katzen"),
             ("Der Arzt", "Die Ärzte"), ("Das Pferd", "Die Pferde")]  # fmt: skip
_DE_VERBS = [
    ("schläft", "schlafen"),
    ("arbeitet", "arbeiten"),
    ("wartet", "warten"),
    ("läuft", "laufen"),
    ("singt", "singen"),
]
_DE_PLACES = ["im Garten", "am Fluss", "vor dem Haus", "in der Stadt"]
_DE_GENDER = [("der", "die", "Tisch"), ("die", "der", "Lampe"), ("das", "die", "Haus"), ("der", "das", "Baum"),
              ("die", "das", "Straße"), ("das", "der", "Fenster"), ("der", "die", "Schlüssel"), ("die", "der", "Tasche"),
              ("das", "die", "Buch"), ("der", "das", "Wagen"), ("die", "das", "Brücke"), ("das", "der", "Messer")]  # fmt: skip
_DE = [
    Template("agreement, number", "{n[1]} {v[1]} {p}.", "{n[1]} {v[0]} {p}.",
             {"n": _DE_NOUNS, "v": _DE_VERBS, "p": _DE_PLACES}),
    Template("agreement, gender of the article", "Ich glaube, {g[0]} {g[2]} ist {a}.", "Ich glaube, {g[1]} {g[2]} ist {a}.",
             {"g": _DE_GENDER, "a": ["alt", "neu", "schön", "groß", "klein", "teuer"]}),
    Template("word order, verb second", "{t} {v} {w} {p}.", "{t} {w} {v} {p}.",
             {"t": ["Heute", "Morgen", "Am Abend", "Im Sommer"], "v": ["arbeitet", "wartet", "schläft", "spielt"],
              "w": ["der Mann", "das Kind", "meine Schwester", "unser Nachbar"], "p": _DE_PLACES}),
    Template("word order, subordinate clause", "Ich weiß, dass {w} {p} {v}.", "Ich weiß, dass {w} {v} {p}.",
             {"w": ["der Mann", "das Kind", "meine Schwester", "unser Nachbar", "die Lehrerin"],
              "p": _DE_PLACES, "v": ["arbeitet", "wartet", "schläft", "spielt"]}),
    Template("case after a preposition", "Sie fährt mit dem {n} {p}.", "Sie fährt mit den {n} {p}.",
             {"n": ["Zug", "Auto", "Bus", "Fahrrad", "Schiff", "Taxi", "Boot", "Motorrad"],
              "p": ["nach Berlin", "zur Arbeit", "ans Meer", "in die Stadt", "nach Hause", "zur Schule", "nach Wien"]}),
]  # fmt: skip

_RU_PEOPLE = [
    ("Девушка", "она"),
    ("Учительница", "она"),
    ("Сестра", "она"),
    ("Женщина", "она"),
    ("Бабушка", "она"),
    ("Подруга", "она"),
]
_RU_VERBS = [
    ("читала", "читал"),
    ("писала", "писал"),
    ("работала", "работал"),
    ("гуляла", "гулял"),
    ("ждала", "ждал"),
    ("пела", "пел"),
]
_RU_PLACES = ["в парке", "дома", "на улице", "в школе"]
_RU = [
    Template("agreement, gender of the past tense", "{n[0]} {v[0]} {p}.", "{n[0]} {v[1]} {p}.",
             {"n": _RU_PEOPLE, "v": _RU_VERBS, "p": _RU_PLACES}),
    Template("agreement, number", "{n} {v[0]} {p}.", "{n} {v[1]} {p}.",
             {"n": ["Дети", "Студенты", "Друзья", "Соседи", "Родители", "Врачи"],
              "v": [("играют", "играет"), ("живут", "живёт"), ("работают", "работает"), ("читают", "читает")], "p": _RU_PLACES}),
    Template("agreement, adjective", "Это {a[0]} {n}.", "Это {a[1]} {n}.",
             {"a": [("новая", "новый"), ("старая", "старый"), ("красивая", "красивый"), ("интересная", "интересный"),
                    ("маленькая", "маленький"), ("тёплая", "тёплый"), ("длинная", "длинный"), ("дорогая", "дорогой")],
              "n": ["книга", "машина", "квартира", "улица", "песня", "комната", "школа", "шапка"]}),
    Template("case after a preposition", "Мы говорили о {n[0]} {t}.", "Мы говорили о {n[1]} {t}.",
             {"n": [("погоде", "погода"), ("работе", "работа"), ("книге", "книга"), ("школе", "школа"), ("музыке", "музыка"),
                    ("истории", "история"), ("поездке", "поездка"), ("семье", "семья")],
              "t": ["вчера", "утром", "вечером", "весь день", "за обедом", "по телефону", "в поезде", "долго"]}),
]  # fmt: skip

_TR = [
    Template("vowel harmony", "{d} {n[0]} gördüm.", "{d} {n[1]} gördüm.",
             {"d": ["Bahçede", "Sokakta", "Dün", "Köyde", "Şehirde", "Okulda"],
              "n": [("evler", "evlar"), ("kuşlar", "kuşler"), ("çiçekler", "çiçeklar"), ("arabalar", "arabaler"),
                    ("köpekler", "köpeklar"), ("ağaçlar", "ağaçler"), ("çocuklar", "çocukler"), ("kediler", "kedilar"),
                    ("masalar", "masaler"), ("insanlar", "insanler"), ("gözlükler", "gözlüklar")]}),
    Template("agreement, person", "{s[0]} {t} {p} {v}{s[1]}.", "{s[0]} {t} {p} {v}{s[2]}.",
             {"s": [("Ben", "m", "k"), ("Biz", "k", "m"), ("Sen", "n", "m"), ("Biz", "k", "n")],
              "t": ["dün", "bugün", "geçen yıl", "sabah"], "p": ["okula", "eve", "parka", "işe"],
              "v": ["geldi", "gitti", "döndü"]}),
    Template("word order, adjective", "{s} {a} bir {n} aldı.", "{s} {n} bir {a} aldı.",
             {"s": ["Annem", "Komşumuz", "Öğretmen", "Ayşe"],
              "a": ["kırmızı", "büyük", "eski", "ucuz", "güzel"], "n": ["araba", "çanta", "kitap", "masa", "elbise"]}),
    Template("word order, verb last", "{s} {p} {o} {v}.", "{v} {o} {s} {p}.",
             {"s": ["Çocuk", "Babam", "Doktor", "Arkadaşım"], "p": ["bahçede", "evde", "okulda", "sabah"],
              "o": ["kitap", "gazete", "mektup"], "v": ["okuyor", "okudu"]}),
    Template("possessive", "{s[0]} {n}{s[1]} çok güzel.", "{s[0]} {n}{s[2]} çok güzel.",
             {"s": [("Benim", "im", "in"), ("Senin", "in", "im"), ("Bizim", "imiz", "iniz"), ("Sizin", "iniz", "imiz")],
              "n": ["ev", "bisiklet", "şehr", "sepet", "defter", "resm", "el", "kalem", "şiir", "bilet", "fikr", "mendil"]}),
]  # fmt: skip

TEMPLATES: Mapping[str, Sequence[Template]] = {"en": _EN, "de": _DE, "ru": _RU, "tr": _TR}
