"""The language that an answer is expected in, from the request, the server's settings and the conversation."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from tlpo_guard.intent.claims import Claim, Why
from tlpo_guard.intent.identify import identify
from tlpo_guard.intent.instruction import Instruction
from tlpo_guard.intent.mentions import mentioned_languages
from tlpo_guard.intent.message import Message
from tlpo_guard.intent.passages import without_passages
from tlpo_guard.intent.reading import Reading, read_rules, read_user
from tlpo_guard.intent.speakers import languages_of_speakers
from tlpo_guard.intent.text_work import TextWork, Work
from tlpo_guard.intent.writing import in_script, main_script
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.languages.relations import base_language
from tlpo_guard.languages.tags import language

__all__ = ["DecidedBy", "Intent", "expected_language"]

_MOST_MESSAGES = 20  # of the user's, the newest, that are read
_SHORT = 3  # words; a message no longer than that may be an interjection in any language
_STALE = 0.7  # confidence in a rule of an earlier message that was not said to last
_UNSETTLED = 0.7  # most confidence in an expectation that another claim contradicts
_RULE, _KEPT_TEXT, _REPLIED_TEXT, _BARE_TRANSLATION = 0.9, 0.85, 0.7, 0.85
_PART = 0.8  # weight of a language that some part of the answer should be in
_DEFAULT = 0.5  # weight of a default that the user's words speak against
_SECOND = 0.25  # share of a user's words in a second language from which on the answer may be in it
_SURE, _POSSIBLE = 0.97, 0.03  # confidence that leaves no other language; probability of one that is left
_SOME, _LITTLE = 0.3, 0.1  # weights of what may stand in an answer


@dataclass(frozen=True, slots=True)
class Intent:
    """The expected languages.

    Attributes:
        languages: BCP-47 tags, empty where unknown.
        decided_by: how they were decided.
        confidence: that the whole answer should be in them, 0 to 1.
        admitted: other languages that may appear in the answer as words, names, examples and quotations: those that the
            conversation names, or that people in it use.
        claimed: other languages that may still turn out to be the whole answer's, whose beginning then decides; empty where the
            expectation is settled.
        claims: all that speaks for a language, strongest first.
        script: that the user writes a language in that has several, ISO 15924; empty where it tells nothing.
    """

    languages: tuple[str, ...]
    decided_by: DecidedBy
    confidence: float
    admitted: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    script: str = ""

    @property
    def written(self) -> tuple[str, ...]:
        """The expected languages, where the user's script tells, in it: `kk-Cyrl`; BCP-47 tags."""
        return tuple(in_script(tag, self.script) if self.script else tag for tag in self.languages)


def expected_language(request: Sequence[str], server: Sequence[str], messages: Sequence[Message]) -> Intent:
    """The first that answers: the request's setting, the server's, an instruction, the last message, the conversation.

    A system prompt's rule goes before what the user asks for, except for a translation. A rule that the user gave in an earlier
    message holds until they turn to another language. What else the conversation says for a language comes out as a claim.

    Args:
        request: tags that the request names.
        server: tags that the server was started with.
        messages: the conversation, oldest first; a bare prompt is one user message.
    """
    newest = (message.text for message in reversed(messages) if message.role == "user")
    users = [read_user(text) for text in islice(newest, _MOST_MESSAGES)][::-1]
    rules = read_rules(messages)
    if request:
        decided = _of_setting(tuple(request), DecidedBy.REQUEST)
    elif server:
        decided = _of_setting(tuple(server), DecidedBy.SERVER)
    else:
        decided = _without_denied(_with_parts(_decided(users, rules), users, rules), users, rules)
    decided = _with_the_rest(_in_either_script(_in_the_users_script(decided, users)), users, rules)
    return replace(decided, admitted=without_passages(decided.admitted, decided.claims, messages))


def _with_parts(decided: Intent, users: Sequence[Reading], rules: Reading | None) -> Intent:
    """The decision with the languages that some parts of the answer should be in."""
    if not decided.languages or decided.decided_by is DecidedBy.INSTRUCTION:
        return decided
    parts = [*(users[-1].parts if users else ()), *(rules.parts if rules else ())]
    claims = tuple(Claim(tag, Why.INSTRUCTION, _PART, text) for tag, text in parts)
    languages = tuple(dict.fromkeys((*decided.languages, *(tag for tag, _ in parts))))
    return replace(decided, languages=languages, claims=(*decided.claims, *claims))


def _without_denied(decided: Intent, users: Sequence[Reading], rules: Reading | None) -> Intent:
    """The decision without the languages that an answer must not be in; where those were all, in another of the user's own."""
    last = users[-1:]
    newest = [*last, *([rules] if rules else [])]
    denied = {base_language(denial.language) for reading in newest for denial in reading.denials}
    denied |= {base_language(one.language) for reading in users[:-1] for one in reading.denials if one.standing}
    languages, claimed = _others(decided.languages, denied), _others(decided.claimed, denied)
    if not denied or languages or any(reading.instruction for reading in newest):
        return replace(decided, languages=languages or decided.languages, claimed=claimed)
    own = _others((tag for reading in last for tag in (reading.own.language, reading.own.second) if tag), denied)
    claimed = tuple(tag for tag in claimed if tag not in own)
    decided_by, confidence = (DecidedBy.PROMPT, _UNSETTLED) if own else (DecidedBy.UNKNOWN, 0.0)
    return Intent(own, decided_by, min(decided.confidence, confidence), claimed=claimed)


def _others(tags: Iterable[str], denied: Container[str]) -> tuple[str, ...]:
    return tuple(tag for tag in tags if base_language(tag) not in denied)


def _in_the_users_script(decided: Intent, users: Sequence[Reading]) -> Intent:
    """The decision for the script that the user's own words are in; who writes Latin letters may just be without others."""
    if decided.decided_by not in (DecidedBy.PROMPT, DecidedBy.CONVERSATION) or decided.claimed:
        return decided
    script = main_script(users[-1].own.text)
    return decided if script in ("", "Latn") else replace(decided, script=script)


def _in_either_script(decided: Intent) -> Intent:
    """The decision, where a user who writes in Latin letters what others write in its own may be answered in those."""
    if decided.decided_by is DecidedBy.INSTRUCTION:
        return decided
    own = [base_language(tag) for tag in decided.languages if tag.endswith("-Latn")]
    return replace(decided, claimed=tuple(dict.fromkeys((*decided.claimed, *own))))


def _of_setting(tags: tuple[str, ...], decided_by: DecidedBy) -> Intent:
    return Intent(tags, decided_by, 1.0, claims=tuple(Claim(tag, Why.SETTING, 1.0) for tag in tags))


def _decided(users: Sequence[Reading], rules: Reading | None) -> Intent:
    """The expected and the claimed languages, with the claims that decided."""
    last = users[-1] if users else None
    asked = last.instruction if last else None
    rule = rules.instruction if rules else None
    own = _own_language(users)
    if asked and (rule is None or (asked.kind == "translate" and rule.kind != "translate")):
        return _obeyed(asked, own, Why.INSTRUCTION)
    foreign = own is None and last is not None and not _says_little(last.own.text)
    if rules and rules.conditions and not foreign and (tags := rules.conditions.languages_for(own)):
        claims = tuple(Claim(tag, Why.RULE, _RULE, rules.conditions.text) for tag in tags)
        return Intent(tags, DecidedBy.INSTRUCTION, _RULE, claims=claims)
    if rule:
        return _obeyed(rule, own, Why.RULE)
    if rules and rules.conditions and foreign:
        return Intent((), DecidedBy.UNKNOWN, 0.0, claimed=rules.conditions.otherwise)
    if last is None:
        return Intent((), DecidedBy.UNKNOWN, 0.0)
    if last.work and (decided := _of_work(last.work, last.own.language)):
        return decided
    return _against_a_default(_of_own_words(users), rules)


def _obeyed(instruction: Instruction, own: str | None, why: Why) -> Intent:
    tags = _in_the_users_writing(instruction.languages, own)
    claims = tuple(Claim(tag, why, instruction.confidence, instruction.text) for tag in tags)
    unsure = instruction.confidence <= _UNSETTLED and own is not None and own not in tags
    return Intent(
        tags, DecidedBy.INSTRUCTION, instruction.confidence, claimed=(own,) if unsure and own else (), claims=claims
    )


def _in_the_users_writing(tags: Iterable[str], own: str | None) -> tuple[str, ...]:
    """Chinese that is just asked for, in the characters of a user who writes it."""
    chinese = own is not None and base_language(own) == "zh"
    return tuple(own if own and chinese and tag == "zh" else tag for tag in tags)


def _of_work(work: TextWork, own: str | None) -> Intent | None:
    """What work on a text asks for; None where the user's words decide."""
    if work.work is Work.TRANSLATE:
        return _of_bare_translation(work, work.own or own)
    own = work.own or own
    if work.work is Work.SUMMARISE:
        return _of_summary(work)
    if work.language is None or work.language == own:
        return None
    confidence = min(work.confidence, _REPLIED_TEXT if work.work is Work.REPLY else _KEPT_TEXT)
    text = Claim(work.language, Why.TEXT, confidence, work.order)
    return Intent((work.language,), DecidedBy.INSTRUCTION, confidence, claimed=(own,) if own else (), claims=(text,))


def _of_summary(work: TextWork) -> Intent | None:
    """A summary is in the language of the words that ask for it, however much longer the text is.

    Bare verbs and English ones are also written by those who think in the text's language.
    """
    if work.own is None:
        return None
    confidence = _UNSETTLED if work.or_own else _KEPT_TEXT
    claim = Claim(work.own, Why.OWN_WORDS, confidence, work.order)
    settled = work.own != "en" and work.says_more and not work.or_own
    others = (work.language,) if not settled and work.language not in (None, work.own) else ()
    return Intent(
        (work.own,), DecidedBy.PROMPT, confidence, claimed=tuple(tag for tag in others if tag), claims=(claim,)
    )


def _of_bare_translation(work: TextWork, own: str | None) -> Intent | None:
    """A translation goes into the language of the words that ask for it; from that language, nobody knows where to."""
    if own is None:
        return None
    if work.language is None or base_language(work.language) != base_language(own):
        confidence = _UNSETTLED if work.or_own else _BARE_TRANSLATION
        claim = Claim(own, Why.INSTRUCTION, confidence, work.order)
        return Intent((own,), DecidedBy.INSTRUCTION, confidence, claimed=work.or_own, claims=(claim,))
    claimed = (own,) if own == "en" else (own, "en")
    return Intent((), DecidedBy.UNKNOWN, 0.3, claimed=claimed, claims=(Claim(own, Why.OWN_WORDS, 0.3, work.order),))


def _of_own_words(users: Sequence[Reading]) -> Intent:
    *earlier, last = users
    tag, confidence = last.own.language, last.own.confidence
    if kept := _kept_rule(earlier, tag):
        return kept
    if speakers := languages_of_speakers(last.text):
        return Intent(speakers, DecidedBy.PROMPT, _UNSETTLED)
    interjection = _says_little(last.own.text) if tag is None else _may_interject(last.text, tag)
    past = _past_language(earlier)
    if interjection and past:
        return past
    if tag is None:
        return Intent((), DecidedBy.UNKNOWN, confidence, claimed=past.languages if past else ())
    mixed = last.own.switches or last.own.second_share >= _SECOND
    second = last.own.second if mixed else None
    if second is None or second == tag:
        return Intent((tag,), DecidedBy.PROMPT, confidence, claimed=_also_possible(last, tag, confidence))
    if last.own.switches:
        return Intent((tag, second), DecidedBy.PROMPT, min(confidence, _UNSETTLED))
    return Intent((tag,), DecidedBy.PROMPT, min(confidence, _UNSETTLED), claimed=(second,))


def _also_possible(last: Reading, tag: str, confidence: float) -> tuple[str, ...]:
    """The other languages that a message may well be in, where its words do not tell it from them."""
    if confidence >= _SURE:
        return ()
    shares = identify(last.own.text).probabilities
    return tuple(other for other, share in shares.items() if other != tag and share >= _POSSIBLE)


def _against_a_default(decided: Intent, rules: Reading | None) -> Intent:
    """A system prompt's default language beside the user's own, where no condition was named that decides."""
    conditions = rules.conditions if rules else None
    if conditions is None or conditions.follows or not conditions.otherwise:
        return decided
    claims = tuple(Claim(tag, Why.RULE, _DEFAULT, conditions.text) for tag in conditions.otherwise)
    others = tuple(tag for tag in conditions.otherwise if tag not in decided.languages)
    if not others:
        return replace(decided, claims=(*decided.claims, *claims))
    confidence = min(decided.confidence, _UNSETTLED)
    return replace(
        decided, confidence=confidence, claimed=(*decided.claimed, *others), claims=(*decided.claims, *claims)
    )


def _kept_rule(earlier: Sequence[Reading], tag: str | None) -> Intent | None:
    """A rule for answers from an earlier message that the last one, in the language of the tag, leaves in force."""
    for reading in reversed(earlier):
        rule = reading.instruction
        if rule is None or rule.kind != "answer":
            continue
        if tag is None or tag in rule.languages or rule.standing or tag == reading.own.language:
            confidence = rule.confidence if rule.standing else _STALE
            claimed = () if rule.standing or tag is None or tag in rule.languages else (tag,)
            claims = tuple(Claim(one, Why.INSTRUCTION, confidence, rule.text) for one in rule.languages)
            return Intent(rule.languages, DecidedBy.INSTRUCTION, confidence, claimed=claimed, claims=claims)
        return None
    return None


def _may_interject(text: str, tag: str) -> bool:
    """Whether a message is short enough to be an "ok, thanks" of someone who goes on in another language."""
    words = text.split()
    if not text.isascii() or "?" in text:
        return False
    return len(words) <= (_SHORT if tag == "en" else 1)


def _says_little(text: str) -> bool:
    """Whether words whose language nothing tells are too few for a sentence."""
    return len(text.split()) <= _SHORT


def _past_language(earlier: Sequence[Reading]) -> Intent | None:
    for reading in reversed(earlier):
        if tag := reading.own.language:
            return Intent((tag,), DecidedBy.CONVERSATION, 0.9 * reading.own.confidence)
    return None


def _own_language(users: Sequence[Reading]) -> str | None:
    """The language that the user speaks: that of the last message that tells one."""
    decided = _of_own_words(users) if users else None
    if decided and decided.languages and decided.decided_by is not DecidedBy.INSTRUCTION:
        return decided.languages[0]
    return next((reading.own.language for reading in reversed(users) if reading.own.language), None)


def _with_the_rest(decided: Intent, users: Sequence[Reading], rules: Reading | None) -> Intent:
    """The decision with all other claims, and with the languages that those admit."""
    claims = [*decided.claims, *_scripts([*users, *([rules] if rules else [])], decided.languages)]
    for i, reading in enumerate(reversed(users)):
        claims += _claims(reading, newest=i == 0)
    if rules:
        claims += [Claim(tag, Why.NAMED, _LITTLE, text) for tag, text in rules.named]
    best: dict[tuple[str, Why], Claim] = {}
    for claim in sorted(claims, key=lambda claim: -claim.weight):
        best.setdefault((claim.language, claim.why), claim)
    settled = {*decided.languages, *decided.claimed}
    admitted = [
        claim.language for claim in best.values() if claim.why is not Why.QUOTED and claim.language not in settled
    ]
    return replace(decided, admitted=tuple(dict.fromkeys(admitted)), claims=tuple(best.values()))


def _scripts(readings: Iterable[Reading], expected: Iterable[str]) -> Iterable[Claim]:
    """Named scripts, but those that an expected language is written in: 漢字 in Japanese asks for nothing simplified."""
    own = frozenset[str]().union(*(language(tag).scripts for tag in expected))
    for reading in readings:
        for tag, text in reading.scripts:
            if not language(tag).scripts <= own:
                yield Claim(tag, Why.NAMED, _LITTLE, text)


def _claims(reading: Reading, *, newest: bool) -> Iterable[Claim]:
    own, why = reading.own, Why.OWN_WORDS if newest else Why.EARLIER
    if own.language:
        yield Claim(
            own.language, why, own.confidence if newest else 0.9 * own.confidence, reading.own.text.strip()[:80]
        )
    if own.second:
        yield Claim(own.second, why, own.second_share * own.confidence, "")
    for tag in own.phrases:
        yield Claim(tag, Why.NAMED, _SOME, "")
    for tag, text in reading.named:
        yield Claim(tag, Why.NAMED, _SOME, text)
    if own.language and not reading.named:
        for tag in mentioned_languages(own.text, own.language):
            yield Claim(tag, Why.NAMED, _LITTLE, own.text.strip()[:80])
    for tag in own.quoted:
        about = reading.asks_about_words and tag not in own.passages
        yield Claim(tag, Why.NAMED if about else Why.QUOTED, _LITTLE, "")
