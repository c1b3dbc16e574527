"""What a request asks of its logits, checked against the model's vocabulary."""

from collections.abc import Iterable

from server.engines.engine import ModelCard
from server.errors import InvalidRequestError
from server.planning.schemas import GenerationRequest
from tlpo_guard.generation.offsets import Penalties

__all__ = ["PenaltyReader"]

_LONGEST_ID = 20  # digits


class PenaltyReader:
    """Reads penalties for one model."""

    def __init__(self, card: ModelCard) -> None:
        self._card = card

    def of(self, body: GenerationRequest, max_new_tokens: int) -> Penalties:
        """The penalties of a request.

        Args:
            max_new_tokens: of its answers.

        Raises:
            InvalidRequestError: token ids that the model does not have, or a least length above the greatest.
        """
        least = body.min_tokens or 0
        if least > max_new_tokens:
            message = f"min_tokens is {least}; the answer has at most {max_new_tokens} tokens"
            raise InvalidRequestError(message, param="min_tokens", code="invalid_value")
        stops = body.stop_token_ids or []
        self._check("stop_token_ids", (str(token_id) for token_id in stops))
        allowed = body.allowed_token_ids or []
        self._check("allowed_token_ids", (str(token_id) for token_id in allowed))
        self._check("logit_bias", body.logit_bias or ())
        barred = dict.fromkeys((*self._card.end_token_ids, *stops), least) if least else {}
        if body.ignore_eos:
            barred |= dict.fromkeys(self._card.end_token_ids, max_new_tokens)
        return Penalties(
            bias={int(token_id): value for token_id, value in (body.logit_bias or {}).items()},
            presence=body.presence_penalty or 0.0,
            frequency=body.frequency_penalty or 0.0,
            repetition=body.repetition_penalty or 1.0,
            barred=barred,
            allowed=frozenset(allowed),
        )

    def _check(self, field: str, token_ids: Iterable[str]) -> None:
        size = self._card.vocabulary_size
        for token_id in token_ids:
            plain = token_id.isascii() and token_id.isdigit() and len(token_id) <= _LONGEST_ID
            if not plain or int(token_id) >= size:
                message = f"{field} names {token_id[:_LONGEST_ID]!r}; the vocabulary has {size} tokens, 0 to {size - 1}"
                raise InvalidRequestError(message, param=field, code="invalid_value")
