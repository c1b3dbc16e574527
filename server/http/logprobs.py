"""Log-probabilities as each endpoint spells them."""

from collections.abc import Sequence

from server.engines.engine import Vocabulary
from server.generation.text import TokenInfo
from server.http.replies import ChoiceLogprobs, LegacyLogprobs, TokenLogprob, TopLogprob

__all__ = ["chat_logprobs", "legacy_logprobs"]


def chat_logprobs(tokens: Sequence[TokenInfo], vocabulary: Vocabulary) -> ChoiceLogprobs | None:
    """For `/v1/chat/completions`; None for no tokens."""
    if not tokens:
        return None
    return ChoiceLogprobs(content=[_chat_logprob(token, vocabulary) for token in tokens], refusal=None)


def legacy_logprobs(tokens: Sequence[TokenInfo], vocabulary: Vocabulary) -> LegacyLogprobs | None:
    """For `/v1/completions`; None for no tokens."""
    if not tokens:
        return None
    logprobs = [token.logprobs for token in tokens if token.logprobs is not None]
    return LegacyLogprobs(
        tokens=[_text(token.data) for token in tokens],
        token_logprobs=[one.chosen for one in logprobs],
        top_logprobs=[_legacy_top(token, vocabulary) for token in tokens],
        text_offset=[token.offset for token in tokens],
    )


def _legacy_top(token: TokenInfo, vocabulary: Vocabulary) -> dict[str, float]:
    """The most probable tokens by their text, and the one that was drawn, which may not be among them."""
    assert token.logprobs is not None
    top = {_text(vocabulary.token_bytes(i)): logprob for i, logprob in reversed(token.logprobs.top)}
    top = dict(reversed(top.items()))
    return top | {_text(token.data): token.logprobs.chosen}


def _chat_logprob(token: TokenInfo, vocabulary: Vocabulary) -> TokenLogprob:
    assert token.logprobs is not None
    top = [
        TopLogprob(token=_text(data), bytes=list(data), logprob=logprob)
        for data, logprob in ((vocabulary.token_bytes(i), logprob) for i, logprob in token.logprobs.top)
    ]
    return TokenLogprob(
        token=_text(token.data), bytes=list(token.data), logprob=token.logprobs.chosen, top_logprobs=top
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")
