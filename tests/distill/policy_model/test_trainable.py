"""The model to train."""

import pytest

from distill.config import LoraSettings
from distill.policy_model.trainable import with_new_adapter
from tlpo_guard.models.load import LoadedModel


@pytest.mark.parametrize(("share", "layers"), [(1.0, {0, 1}), (0.5, {1}), (0.01, {1})])
def test_a_share_of_the_layers_gets_an_adapter(small_llama, share: float, layers: set[int]) -> None:
    loaded = LoadedModel("small", small_llama, None, "0" * 16, "0" * 16)
    model = with_new_adapter(loaded, LoraSettings(rank=2, last_layers=share))
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert {int(name.split(".layers.")[1].split(".")[0]) for name in trained} == layers
    assert len(trained) == 2 * 7 * len(layers)
