"""How probable it is that an answer leaves its script, without sampling: few draws do not tell small changes apart."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.quality.ability.along import probabilities_along
from benchmarks.quality.ability.likelihoods import Items
from distill.policy_model.likelihood import Completion
from distill.selection.groups import Group
from distill.tlpo.rewards import RulesOf

__all__ = ["chance_of_leaving"]


def chance_of_leaving(model: Any, texts: Mapping[str, Mapping[str, Completion]], rules_of: RulesOf) -> Items:
    """The probability that a token of foreign letters is drawn at one place of an answer at least, all else as it is, 0 to 1; by
    language and id. English counts where its letters are others.

    Places at which the answer's own token has such letters are left out, and those right behind: names may have them.
    """
    found: Items = {}
    for language, by_id in texts.items():
        found[language] = {}
        for item, completion, rows in probabilities_along(model, by_id):
            foreign = torch.from_numpy(_foreign(language, completion, rules_of)).to(rows.device)
            stays = 1.0 - (rows * foreign).sum(dim=-1).double().clamp(max=1.0)
            found[language][item] = [float(1.0 - stays.prod())]
    return found


def _foreign(language: str, completion: Completion, rules_of: RulesOf) -> NDArray[np.bool_]:
    """The tokens of foreign letters at each place of an answer, none where its own is one; bool [tokens, V]."""
    prompt, ids = completion.prompt_ids, completion.ids
    rules = rules_of(Group("", prompt, len(prompt), (), language, allow_english=False))
    foreign = np.stack([rules.blocked(ids[:place]) for place in range(len(ids))])
    own = foreign[np.arange(len(ids)), list(ids)]
    foreign[own | np.concatenate([[False], own[:-1]])] = False
    return foreign
