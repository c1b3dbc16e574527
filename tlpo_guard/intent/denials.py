"""Languages that an answer must not be in: "don't answer in Korean", "bitte nicht auf Englisch", "한국어로 답하지 마세요"."""

from dataclasses import dataclass

from tlpo_guard.intent.clauses import Group, named_groups
from tlpo_guard.intent.negations import denied_before, denied_behind, denies_merely, says_what_is
from tlpo_guard.intent.statements import states
from tlpo_guard.intent.surroundings import describes_a_noun, names_a_script
from tlpo_guard.intent.third_parties import of_a_third_party
from tlpo_guard.intent.wording import Wording, wordings
from tlpo_guard.words.patterns import compiled

__all__ = ["Denial", "find_denials"]

_NEAR = 60  # characters around a name that expressions look at
_FEW_WORDS = 5  # of a clause without a verb: "not in English please"


@dataclass(frozen=True, slots=True)
class Denial:
    """A language that a message refuses for the answer.

    Attributes:
        language: BCP-47 tag.
        standing: whether that is said to last.
    """

    language: str
    standing: bool


def find_denials(text: str, *, system: bool = False) -> tuple[Denial, ...]:
    """The languages that a message wants no answer in; quotations and code in it are not its own words.

    Args:
        text: the message.
        system: whether it is a system prompt, whose rules may be worded as statements.
    """
    return tuple(dict.fromkeys(denial for group in named_groups(text) for denial in _read(group, system)))


def _read(group: Group, system: bool) -> tuple[Denial, ...]:
    readings = group.hits[-1].readings
    travels = any(locale in ("en", tag) for locale, tag in readings)  # "trả lời bằng English"
    named_here = [locale for locale, _ in readings if locale in wordings()]
    for locale in dict.fromkeys((*named_here, *(wordings() if travels else ()))):
        row = wordings()[locale]
        if _denies(group, locale, row, named_here=locale in named_here, system=system):
            standing = row.standing.search(group.clause) is not None
            return tuple(Denial(dict(hit.readings).get(locale, hit.readings[0][1]), standing) for hit in group.hits)
    return ()


def _denies(group: Group, locale: str, row: Wording, *, named_here: bool, system: bool) -> bool:
    before, after = group.before[-_NEAR:], group.after[:_NEAR]
    if not ((named_here and group.is_target) or row.into.search(before) or row.after.match(after)):
        return False
    if not (denied_before(locale, row, before) or denied_behind(locale, group.after, group.written_before)):
        return False
    if row.aside.search(group.segment) or denies_merely(group.clause) or says_what_is(locale, group.segment):
        return False
    if row.question.match(group.clause.lstrip(" '\"-*")) or names_a_script(group.after):
        return False
    if not system and (of_a_third_party(locale, group.before, group.after) or states(locale, group.before, row)):
        return False
    verbs = "|".join(filter(None, (row.answer.pattern, row.write.pattern)))
    if describes_a_noun(locale, group.before, group.name, group.after, group.written_after, verbs=verbs):
        return False
    return compiled(verbs).search(group.clause) is not None or len(group.segment.split()) <= _FEW_WORDS
