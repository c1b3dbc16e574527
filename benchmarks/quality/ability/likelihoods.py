"""Likelihood of texts under a model, and how far it is from its base along them."""

from collections.abc import Mapping
from typing import Any

import torch

from distill.policy_model.forward import adapter_off
from distill.policy_model.likelihood import Completion, answer_logits, batches, logprobs

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


@torch.no_grad()
def kl_and_logprob(model: Any, texts: Mapping[str, Mapping[str, Completion]]) -> tuple[Items, Items]:
    """KL(base || model) and the log-probability of each text, means over its tokens, nats; by language and id.

    Args:
        model: whose base is what remains when its adapter is switched off.
    """
    kls: Items = {}
    logps: Items = {}
    for language, by_id in texts.items():
        ids, completions = list(by_id), list(by_id.values())
        kls[language], logps[language] = {}, {}
        for chosen in batches(completions):
            batch = [completions[i] for i in chosen]
            with adapter_off(model):
                base = [logits.log_softmax(dim=-1) for logits, _ in answer_logits(model, batch)]
            kl, logp = [], []
            for before, (after, targets) in zip(base, answer_logits(model, batch), strict=True):
                now = after.log_softmax(dim=-1)
                kl.append((before.exp() * (before - now)).sum(dim=-1))
                logp.append(now.gather(1, targets[:, None]).squeeze(1))
            lengths = [len(c.ids) for c in batch]
            for i, a, b in zip(chosen, torch.cat(kl).split(lengths), torch.cat(logp).split(lengths), strict=True):
                kls[language][ids[i]], logps[language][ids[i]] = [float(a.mean())], [float(b.mean())]
    return kls, logps
