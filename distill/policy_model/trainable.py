"""The model to train: the base with a new adapter, or with the version to go on with."""

from typing import Any

from peft import LoraConfig, PeftModel, get_peft_model

from distill.config import LoraSettings
from distill.policy_model.cpu_attention import attend_on_cpu
from distill.policy_model.frozen_linear import fold_frozen
from distill.policy_model.fused_lora import fuse_lora
from distill.policy_model.rms_norm import fuse_norms
from tlpo_guard.errors import ConfigurationError, DistillationError
from tlpo_guard.models.load import LoadedModel
from tlpo_guard.registry import AdapterVersion

__all__ = ["with_new_adapter", "with_version"]


def with_new_adapter(loaded: LoadedModel, settings: LoraSettings) -> Any:
    """A PEFT model with a LoRA adapter that changes nothing yet; its weights are float32.

    Raises:
        ConfigurationError: PEFT refuses the settings, such as target modules that the model has not.
    """
    alpha = 2.0 * settings.rank if settings.alpha is None else settings.alpha
    try:
        lora = LoraConfig(
            r=settings.rank,
            lora_alpha=alpha,  # type: ignore[arg-type, unused-ignore]
            target_modules=settings.target_modules,
            exclude_modules=_lower_layers(loaded, settings.last_layers),
            lora_dropout=settings.dropout,
            use_dora=settings.use_dora,
            use_rslora=settings.use_rslora,
            task_type="CAUSAL_LM",
        )
        return _faster(loaded, get_peft_model(loaded.model, lora))
    except ValueError as exc:
        raise ConfigurationError(f"distill.lora: {exc}") from exc


def _lower_layers(loaded: LoadedModel, share: float) -> str | None:
    """An expression for the modules of all layers but a share of them from the top; None where those are all."""
    layers = int(loaded.model.config.get_text_config().num_hidden_layers)
    lower = layers - max(1, round(share * layers))
    numbers = "|".join(map(str, range(lower)))
    return rf".*\.(?:layers|h|blocks)\.(?:{numbers})\..*" if lower else None


def with_version(loaded: LoadedModel, version: AdapterVersion, folder: str, *, trainable: bool) -> Any:
    """The model with an adapter version.

    Args:
        folder: where its files are.

    Raises:
        DistillationError: it was made for another base.
    """
    if version.lineage.get("base_fingerprint") != loaded.fingerprint:
        raise DistillationError(
            f"adapter {version.name} was made for base {version.lineage.get('base_fingerprint')}, the model is "
            f"{loaded.fingerprint}; promote `base`, name that model with --model, or train --from-base"
        )
    return _faster(loaded, PeftModel.from_pretrained(loaded.model, folder, is_trainable=trainable))


def _faster(loaded: LoadedModel, model: Any) -> Any:
    attend_on_cpu(loaded.model)
    fold_frozen(model)
    fuse_lora(model)
    fuse_norms(model)
    return model
