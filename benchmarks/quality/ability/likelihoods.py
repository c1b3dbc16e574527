"""Likelihood of texts under a model, and how far it is from its base along them."""

from collections.abc import Mapping
from typing import Any

from distill.evaluation.from_base import changes_from_base
from distill.policy_model.likelihood import Completion, logprobs

__all__ = ["kl_and_logprob", "mean_logprobs"]

Items = dict[str, dict[str, list[float]]]


def mean_logprobs(model: Any, texts: Mapping[str, Mapping[str, Completion]]) -> Items:
    """The log-probability of each text, a mean over its tokens, nats; by language and id."""
    return {
        language: {
            item: [float(row.mean())] for item, row in zip(by_id, logprobs(model, list(by_id.values())), strict=True)
        }
        for language, by_id in texts.items()
    }


def kl_and_logprob(model: Any, texts: Mapping[str, Mapping[str, Completion]]) -> tuple[Items, Items]:
    """KL(base || model) and the log-probability of each text, means over its tokens, nats; by language and id.

    Args:
        model: whose base is what remains when its adapter is switched off.
    """
    kls: Items = {}
    logps: Items = {}
    for language, by_id in texts.items():
        along = dict(zip(by_id, changes_from_base(model, list(by_id.values())), strict=True))
        kls[language] = {item: [one.kl / one.tokens] for item, one in along.items()}
        logps[language] = {item: [one.now / one.tokens] for item, one in along.items()}
    return kls, logps
