"""How probable the tokens of a prompt are."""

import torch

from server.engines.scored import scored


def test_of_equals_the_one_that_greedy_decoding_takes_comes_first() -> None:
    logits = torch.zeros(1, 50_000).index_fill_(1, torch.tensor([700, 41_000, 9, 30_000]), 3.0)
    (told,) = scored(logits, logits.argmax(dim=-1), 3)
    assert [token for token, _ in told.logprobs.top] == [9, 700, 30_000]
    assert told.rank == 1 and {value for _, value in told.logprobs.top} == {told.logprobs.chosen}
