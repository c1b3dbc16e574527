"""Arabic and Vietnamese."""

from collections.abc import Mapping, Sequence

from benchmarks.quality.ability.grammar.template import Template

__all__ = ["TEMPLATES"]

_AR_THINGS = ["السيارة", "المدينة", "الغرفة", "المدرسة", "الحديقة", "الطاولة", "القصة", "الصورة"]
_AR_ADJECTIVES = [("جديدة", "جديد"), ("كبيرة", "كبير"), ("صغيرة", "صغير"), ("جميلة", "جميل"), ("قديمة", "قديم"),
                  ("نظيفة", "نظيف"), ("بعيدة", "بعيد"), ("قريبة", "قريب")]  # fmt: skip
_AR_PLACES = ["في الحديقة", "في البيت", "في المدرسة", "في المدينة"]
_AR = [
    Template("agreement, adjective", "{n} {a[0]} جدا.", "{n} {a[1]} جدا.", {"n": _AR_THINGS, "a": _AR_ADJECTIVES}),
    Template("agreement, gender of the verb", "{n} {v[0]} {p} كل يوم.", "{n} {v[1]} {p} كل يوم.",
             {"n": ["البنت", "المعلمة", "الطبيبة", "المرأة", "الجدة", "الأخت"],
              "v": [("تلعب", "يلعب"), ("تعمل", "يعمل"), ("تكتب", "يكتب"), ("تقرأ", "يقرأ"), ("تنتظر", "ينتظر")],
              "p": _AR_PLACES}),
    Template("agreement, demonstrative", "هذه {n} {a[0]}.", "هذا {n} {a[0]}.", {"n": _AR_THINGS, "a": _AR_ADJECTIVES}),
    Template("agreement, person", "أنا {v[0]} {p} {t}.", "أنا {v[1]} {p} {t}.",
             {"v": [("ألعب", "يلعب"), ("أعمل", "يعمل"), ("أكتب", "يكتب"), ("أقرأ", "يقرأ"), ("أنتظر", "ينتظر")],
              "p": _AR_PLACES, "t": ["كل يوم", "الآن", "في الصباح", "في المساء"]}),
    Template("word order, adjective", "اشترى {s} {n} {a[0]}.", "اشترى {s} {a[0]} {n}.",
             {"s": ["أبي", "صديقي", "المعلم", "الطبيب"], "n": ["سيارة", "طاولة", "صورة", "حقيبة"], "a": _AR_ADJECTIVES[:5]}),
]  # fmt: skip

_VI_PEOPLE = ["Mẹ tôi", "Anh ấy", "Cô giáo", "Bạn tôi", "Bác sĩ"]
_VI_DEEDS = [("nấu", "cơm"), ("đọc", "sách"), ("mua", "hoa"), ("viết", "thư"), ("uống", "trà")]
_VI = [
    Template("word order, adjective", "Tôi {v} một {n} {a}.", "Tôi {v} một {a} {n}.",
             {"v": ["mua", "thấy", "có"], "n": ["cái bàn", "cái ghế", "chiếc xe", "ngôi nhà", "quyển sách"],
              "a": ["mới", "cũ", "đẹp", "rẻ", "nhỏ"]}),
    Template("classifier", "{s} có một {n[1]} {n[0]}.", "{s} có một {n[2]} {n[0]}.",
             {"s": [*_VI_PEOPLE, "Chị ấy", "Ông tôi", "Em tôi"],
              "n": [("mèo", "con", "quyển"), ("sách", "quyển", "con"), ("chó", "con", "chiếc"), ("xe đạp", "chiếc", "con"),
                    ("gà", "con", "quyển"), ("bàn", "cái", "con"), ("từ điển", "quyển", "con"), ("cá", "con", "chiếc")]}),
    Template("word order, tense", "{s} đã {v[0]} {v[1]} {t}.", "{s} {v[0]} đã {v[1]} {t}.",
             {"s": _VI_PEOPLE, "v": _VI_DEEDS, "t": ["hôm qua", "tuần trước", "sáng nay"]}),
    Template("word order, negation", "{s} không {v[0]} {v[1]} {t}.", "{s} {v[0]} không {v[1]} {t}.",
             {"s": _VI_PEOPLE, "v": _VI_DEEDS, "t": ["hôm nay", "ở nhà", "buổi tối"]}),
    Template("word order, possessor", "{n} của {p} rất {a}.", "{p} của {n} rất {a}.",
             {"n": ["Nhà", "Xe", "Phòng", "Áo"], "p": ["tôi", "anh ấy", "cô giáo", "bạn tôi"],
              "a": ["đẹp", "mới", "rẻ", "cũ"]}),
]  # fmt: skip

TEMPLATES: Mapping[str, Sequence[Template]] = {"ar": _AR, "vi": _VI}
