"""Two languages in a language lesson: one is talked in, the other explains: "chat in Spanish, correct my mistakes in English"."""

from collections.abc import Iterable, Sequence

from tlpo_guard.intent.clauses import Group
from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.negations import denied_behind
from tlpo_guard.intent.surroundings import describes_a_noun
from tlpo_guard.intent.wording import Wording, wordings
from tlpo_guard.words.patterns import compiled

__all__ = ["corrects", "lesson"]

_NEAR = 60  # characters around a name that expressions look at
# What a teacher does: words for mistakes, for correcting them, for grammar. Stems, over folded text.
_CORRECTS = fold(
    r"\b(?:mistakes?|errors?|correct(?:s|ed|ing|ions?)?|grammar|feedback|fehler\w*|korrig\w*|korrektur\w*|grammatik\w*"
    r"|verbessere\w*|fautes?|erreurs?|corrig\w*|corrections?|grammaire|corregi\w*|correcci\w*|errores|gramatica\w*"
    r"|errori|grammatica\w*|correzion\w*|erros|corrij\w*|correç\w*|fouten|verbeter\w*|rätta|misstag|ret|rett|fejl"
    r"|feil|błęd\w*|popraw\w*|gramatyk\w*|chyb\w*|oprav\w*|gramatik\w*|grešk\w*|isprav\w*|napak\w*|hata\w*|düzelt\w*"
    r"|dilbilgisi\w*|hibá\w*|hiba\w*|javíts\w*|nyelvtan\w*|virhe\w*|korjaa\w*|kieliop\w*|greșeli\w*|corecteaz\w*"
    r"|kesalahan\w*|koreksi\w*|perbaiki|tata bahasa|lỗi|sửa|ngữ pháp|ошиб\w*|исправ\w*|грамматик\w*|помил\w*"
    r"|виправ\w*|граматик\w*|греш\w*|поправ\w*|λάθ\w*|διόρθω\w*|γραμματικ\w*)\b"
    r"|間違|誤り|訂正|添削|文法|错误|錯誤|纠正|糾正|改正|语法|語法|틀린|오류|교정|고쳐|실수|문법"
    r"|أخطا|خطأ|صحح|تصحيح|قواعد|اشتباه|تصحیح|דקדוק|טעויות|שגיאות|תקן|गलति|सुधार|व्याकरण|ভুল|ผิด|ไวยากรณ์"
)


def corrects(clause: str) -> bool:
    """Whether a folded clause speaks of a learner's mistakes or of grammar."""
    return compiled(_CORRECTS).search(clause) is not None


def lesson(groups: Sequence[Group], *, system: bool) -> tuple[dict[str, None], Group] | None:
    """The languages of a lesson in the order that they are named, and the first name; None where there is no lesson.

    Args:
        groups: all names of a message.
        system: whether it is a system prompt; a user's message must ask for answers, too.
    """
    if len(groups) < 2 or not any(corrects(group.clause) for group in groups):
        return None
    wanted = [(group, tag) for group in groups for tag in _wanted(group)]
    tags = dict.fromkeys(tag for _, tag in wanted)
    if len({group.hits[0].start for group, _ in wanted}) < 2 or len(tags) < 2:
        return None
    if not system and not any(_asks_for_answers(group) for group, _ in wanted):
        return None
    return tags, wanted[0][0]


def _wanted(group: Group) -> Iterable[str]:
    """The languages of names that something is to be said in."""
    for locale, _ in group.hits[-1].readings:
        row = wordings().get(locale)
        if row is not None and _is_wanted(group, locale, row):
            yield from (dict(hit.readings).get(locale, hit.readings[0][1]) for hit in group.hits)
            return


def _is_wanted(group: Group, locale: str, row: Wording) -> bool:
    before, after = group.before[-_NEAR:], group.after[:_NEAR]
    target = group.is_target or row.into.search(before) or row.after.match(after)
    target = target or compiled(rf"(?:{row.answer.pattern})(?: \w+){{0,3}} ?$").search(before)
    if (
        not target
        or row.no.search(before)
        or denied_behind(locale, group.after, group.written_before)
        or row.translate.search(group.segment)
    ):
        return False
    return not describes_a_noun(locale, group.before, group.name, group.after, group.written_after, verbs=_verbs(row))


def _verbs(row: Wording) -> str:
    return "|".join(filter(None, (row.answer.pattern, row.write.pattern, _CORRECTS)))


def _asks_for_answers(group: Group) -> bool:
    return any(
        row.answer.search(group.clause) is not None
        for locale, _ in group.hits[-1].readings
        if (row := wordings().get(locale)) is not None
    )
