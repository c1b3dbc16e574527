from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from server.engines.engine import ModelCard
from server.generation.plan import Plan, Prompt
from server.generation.recording import EventRecorder
from tlpo_guard.brought import Brought
from tlpo_guard.events.record import Event
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.offsets import Penalties
from tlpo_guard.guard.points import Action, EventDraft, Kind
from tlpo_guard.intent import DecidedBy, Intent
from tlpo_guard.policy import GuardPolicy


@dataclass
class Written:
    """A writer that keeps what it gets."""

    events: list[Event] = field(default_factory=list)

    def put(self, event: Event) -> None:
        self.events.append(event)


def recorded(policy: GuardPolicy, penalties: Penalties = Penalties(), **seen: Any) -> Event:  # noqa: B008
    written = Written()
    card = ModelCard("model", "base", "tokenizer", 8, (2,), 100)
    prompt = Prompt(
        [1], policy, Intent(policy.languages, DecidedBy.PROMPT, 0.7, policy.admitted, policy.claimed), Brought()
    )
    plan = Plan("chat", "key", None, "model", None, (prompt,), 1, SamplingParams(), 8, penalties=penalties)
    draft = EventDraft(0, 3, Kind.SCRIPT, ((3, -0.1, True),), 0.9, Action.MASKED, 4, **seen)
    recorder = EventRecorder(cast(Any, written), card)
    recorder.record(draft, [], request_id="r", plan=plan, prompt=prompt, version="base")
    (event,) = written.events
    return event


@pytest.mark.parametrize(
    ("policy", "seen", "claims"),
    [
        (GuardPolicy(languages=("ko",)), {}, ("ko", "", "", True)),
        (GuardPolicy(languages=("ko",), admitted=("ja",)), {"languages": ("ko",)}, ("ko", "ja", "", True)),
        (
            GuardPolicy(languages=("de",), claimed=("ru",)),
            {"languages": ("de", "ru"), "settled": False},
            ("de", "", "ru", False),
        ),
        (
            GuardPolicy(languages=("de",), admitted=("ja",), claimed=("ru",)),
            {"languages": ("ru",), "settled": True},
            ("ru", "de,ja", "ru", True),
        ),
    ],
)
def test_an_event_carries_the_claims_at_its_point(
    policy: GuardPolicy, seen: dict[str, Any], claims: tuple[str, str, str, bool]
) -> None:
    event = recorded(policy, **seen)
    assert (event.language, event.admitted, event.claimed, event.settled) == claims


@pytest.mark.parametrize(
    ("penalties", "biased"),
    [
        (Penalties(), False),
        (Penalties(barred={2: 5}), False),
        (Penalties(bias={7: 5.0}), True),
        (Penalties(presence=0.5), True),
        (Penalties(repetition=1.2), True),
    ],
)
def test_an_event_carries_its_key_and_whether_the_request_moved_the_logits(penalties: Penalties, biased: bool) -> None:
    event = recorded(GuardPolicy(languages=("ko",)), penalties=penalties)
    assert (event.key, event.biased) == ("key", biased)
