"""Which events a run uses: a weighted sample of bounded size, balanced over languages, tokens, requests, keys and users.

Weighted reservoir sampling (Efraimidis and Spirakis 2006): the smallest -log(u) / weight win, weight being the confusion mass.
`u` comes from a hash of the context, so that repeats of one context meet and a selection can be repeated.
"""

import hashlib
import math
from collections.abc import Collection
from functools import lru_cache

from distill import config
from distill.selection.groups import IMPROBABLE, OUTSIDE, Base, is_held_out, primary_language
from distill.selection.limits import Offer, Quota, Tally
from distill.selection.pool import Pool
from distill.selection.second_pass import SecondPass, Unfit
from distill.selection.selected import Cap, Selected
from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.events.log import TrainingLog
from tlpo_guard.events.record import EventSketch
from tlpo_guard.languages.tags import languages

__all__ = ["Cap", "Selected", "select_points"]

_LEAST_WEIGHT = 0.01
_SEPARATOR = 2  # characters between two token ids in JSON


def select_points(
    store: TrainingLog, base: Base, settings: config.Selection, unfit: Unfit, *, seed: int, learnt: Collection[str]
) -> Selected:
    """Choose the points of a run; two passes, the first over sketches of all events, the second over the chosen ones.

    Args:
        base: what events must come from.
        unfit: why an event that could be trained on should not be, None where it should.
        seed: of the draw.
        learnt: adapter versions whose events are not used again.
    """
    tally = Tally()
    train, held_out = Pool(Quota.training(settings), tally), Pool(Quota.held_out(settings), tally)
    for sketch in store.sketches(not_in=learnt):
        tally.seen += 1
        reason = _refused(sketch, base, settings)
        if reason is None:
            pool = held_out if is_held_out(sketch.request_id, settings.held_out_share) else train
            pool.offer(_offer(sketch, seed, settings.biased_weight))
        else:
            tally.dropped[reason] += 1
    train.forget(held_out)  # what the gate measures on is not trained on, whoever asked it
    second = SecondPass(store, base, unfit, tally)
    measured_on = second.choose(held_out)
    return second.selected(second.choose(train), measured_on)


def _refused(sketch: EventSketch, base: Base, settings: config.Selection) -> str | None:
    if sketch.base_fingerprint != base.fingerprint:
        return "another base model"
    if sketch.tokenizer_fingerprint != base.tokenizer_fingerprint:
        return "another tokenizer"
    if not sketch.has_prompt:
        return "no context"
    if not _is_known(sketch.language):
        return "unknown language"
    if sketch.odd or not 0.0 <= sketch.confusion_mass <= 1.0 + 1e-6:
        return IMPROBABLE
    if not 0 <= sketch.token_id < base.size or sketch.position < 0:
        return OUTSIDE
    if sketch.context_characters > (len(str(base.size)) + _SEPARATOR) * (base.max_tokens + 1):
        return "too long"
    if not sketch.confidence >= settings.min_confidence:
        return "an uncertain expected language"
    return None


@lru_cache(maxsize=1024)
def _is_known(tags: str) -> bool:
    try:
        return bool(languages(tags))
    except UnknownLanguageError:
        return False


def _offer(sketch: EventSketch, seed: int, biased_weight: float) -> Offer:
    content = f"{seed} {sketch.context_hash} {sketch.position}".encode()
    context = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
    weight = max(sketch.confusion_mass, _LEAST_WEIGHT) * (biased_weight if sketch.biased else 1.0)
    rank = -math.log((context + 1) / (2**64 + 1)) / weight if weight else math.inf
    language = primary_language(sketch.language)
    who = (sketch.request_id, sketch.key, sketch.user)
    return Offer(rank, sketch.event_id, *who, language, sketch.token_id, bool(sketch.biased), context)
