"""What one of vLLM's requests asks of the guard."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from tlpo_guard.brought import Brought
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.guard.begun import begun_ids
from tlpo_guard.guard_options import GuardArguments, default_policy, parse_arguments
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.rows.cuts import NO_CUTS, Cut, Cuts
from tlpo_guard.rows.host_masker import OwnSampling
from tlpo_guard.settings import Settings
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["GuardedRequest", "engine_policy"]

_ORDER = (Cut.MIN_P, Cut.TOP_K, Cut.TOP_P)  # in which vLLM cuts
_GREEDY_BELOW = 1e-5  # temperature, as vLLM has it


@dataclass(frozen=True, slots=True)
class GuardedRequest:
    """A request whose answer is watched.

    Attributes:
        id: under which its events are logged.
        params: vLLM's `SamplingParams`.
    """

    arguments: GuardArguments
    policy: GuardPolicy
    params: Any
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def of(cls, params: Any, default: GuardPolicy) -> "GuardedRequest | None":
        """What the parameters of a request ask for; None where its guard is off.

        Raises:
            ConfigurationError: arguments that cannot be used.
        """
        arguments = parse_arguments(params.extra_args)
        policy = arguments.over(default)
        if not policy.guards:
            return None
        return cls(arguments, policy, params, arguments.request or uuid.uuid4().hex)

    @property
    def biased(self) -> bool:
        """Whether a bias or penalties move what the tokens are drawn from."""
        return bool(self.params.logit_bias) or self.penalized

    @property
    def penalized(self) -> bool:
        """Whether what was said before is made less likely."""
        params = self.params
        penalties = (params.presence_penalty, params.frequency_penalty, params.repetition_penalty - 1.0)
        return any(penalty != 0.0 for penalty in penalties)

    @property
    def temperature(self) -> float:
        """Of the sampling, 0 for greedy."""
        temperature = float(self.params.temperature)
        return temperature if temperature >= _GREEDY_BELOW else 0.0

    def sampling(self, *, penalized_later: bool) -> OwnSampling:
        """How vLLM samples its rows.

        Args:
            penalized_later: vLLM applies penalties after the guard.
        """
        moved = penalized_later and self.penalized
        return OwnSampling(
            temperature=self.temperature,
            cuts=NO_CUTS if moved or self.temperature <= 0 else self._cuts,
            cut_again=True,
            constrained=self.params.structured_outputs is not None,
            moved=moved,
        )

    @property
    def _cuts(self) -> Cuts:
        params = self.params
        return Cuts(max(int(params.top_k), 0), float(params.top_p), float(params.min_p), self.temperature, _ORDER)

    def brought(self, prompt_ids: list[int], vocabulary: VocabularyIndex) -> Brought:
        """What the conversation brought: the texts that the front end names, else the prompt."""
        if self.arguments.brought is not None:
            return Brought(self.arguments.brought)
        text = b"".join(map(vocabulary.token_bytes, prompt_ids)).decode("utf-8", "replace")
        return Brought([text])

    def begun(self, prompt_ids: list[int], vocabulary: VocabularyIndex) -> tuple[int, ...]:
        """The tokens at the prompt's end that the answer goes on from."""
        return begun_ids(vocabulary, prompt_ids, self.arguments.begun)


def engine_policy(settings: Settings) -> GuardPolicy:
    """What holds for a request that says nothing.

    Raises:
        ConfigurationError: a setting that has no meaning inside vLLM.
    """
    policy = default_policy(settings)
    if policy.mode is Mode.REWIND:
        raise ConfigurationError(
            "guard_mode is 'rewind', which takes back what is written: inside vLLM set TLPO_GUARD_GUARD_MODE to 'mask' or "
            "'observe', or let `tlpo-guard serve --engine vllm` serve the model"
        )
    return policy
