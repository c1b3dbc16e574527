"""What a request adds to its logits: a bias by token, and penalties for tokens that the answer already has."""

from collections.abc import Iterable, Mapping

import torch

__all__ = ["LogitOffsets"]


class LogitOffsets:
    """One row that is added to every row of a request; a token taken changes one figure of it.

    Args:
        size: of the vocabulary.
        bias: logits by token id.
        presence: taken once from a token that the answer has.
        frequency: taken from a token as often as the answer has it.
        output_ids: the answer so far.

    Attributes:
        row: float32 [vocabulary].
    """

    def __init__(
        self,
        size: int,
        device: torch.device,
        *,
        bias: Mapping[int, float],
        presence: float = 0.0,
        frequency: float = 0.0,
        output_ids: Iterable[int] = (),
    ) -> None:
        self.row = torch.zeros(size, device=device)
        for token_id, value in bias.items():
            self.row[token_id] = value
        self._presence, self._frequency = presence, frequency
        self._seen: set[int] = set()
        for token_id in output_ids:
            self.advance(token_id)

    def advance(self, token_id: int) -> None:
        """Take in the token that was chosen."""
        if token_id not in self._seen:
            self._seen.add(token_id)
            self.row[token_id] -= self._presence
        self.row[token_id] -= self._frequency
