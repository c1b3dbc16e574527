"""A prompt as part of what the client gets: its text, and how probable each of its tokens was."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.engines.engine import Engine, PromptToken, Vocabulary
from server.generation.plan import Plan, Prompt
from server.generation.text import TokenInfo

__all__ = ["Echo", "echoes"]


@dataclass(frozen=True, slots=True)
class Echo:
    """One prompt.

    Attributes:
        text: what stands before the answer; empty where nothing does.
        tokens: of the prompt, without log-probabilities for the first; empty where nobody asked for them.
        scores: of the same tokens but the first.
    """

    text: str = ""
    tokens: tuple[TokenInfo, ...] = ()
    scores: tuple[PromptToken, ...] = ()


async def echoes(engine: Engine, plan: Plan) -> list[Echo]:
    """What is told of each prompt of a plan; raises EngineError."""
    asked = [plan.prompt_logprobs] if plan.prompt_logprobs is not None else []
    if plan.echo and plan.top_logprobs is not None:
        asked.append(plan.top_logprobs)
    made = []
    for prompt in plan.prompts:
        scores = await engine.score(prompt.ids, max(asked)) if asked else []
        tokens = _tokens(prompt, scores, engine.vocabulary, engine.tokenizer.special_tokens) if asked else []
        made.append(Echo(prompt.text if plan.echo else "", tuple(tokens), tuple(scores)))
    return made


def _tokens(
    prompt: Prompt, scores: Sequence[PromptToken], vocabulary: Vocabulary, special: Mapping[int, str]
) -> list[TokenInfo]:
    """The tokens of a prompt, and where each begins in its text."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    pieces, offsets, at = [], [], 0
    for token_id in prompt.ids:
        mark = special.get(token_id, "")
        data = vocabulary.token_bytes(token_id) or (mark.encode() if prompt.text.startswith(mark, at) else b"")
        pieces.append(data)
        offsets.append(at)
        at += len(decoder.decode(data))
    shift = max(at - len(prompt.text), 0)  # some tokenizers put a space before the first word
    logprobs = [None, *(score.logprobs for score in scores)]
    return [
        TokenInfo(token_id, data, logprob, max(offset - shift, 0))
        for token_id, data, logprob, offset in zip(prompt.ids, pieces, logprobs, offsets, strict=True)
    ]
