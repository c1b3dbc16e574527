"""LoRA layers on a CPU in as few passes over memory as their matrix products need."""

from typing import Any

import torch
from peft.tuners.lora.layer import Linear
from torch import Tensor, nn

__all__ = ["fuse_lora"]


def fuse_lora(model: nn.Module) -> None:
    """Make the LoRA layers of a model on a CPU add their update within the product that makes it.

    PEFT casts a layer's input and output to the adapter's float32 and makes a new tensor of each step, which costs more than the
    products. Here the small ones are in the model's own dtype, whose sums torch keeps in float32; weights and gradients of the
    adapter stay float32. Layers that do more than plain LoRA (DoRA, dropout while training, biases) run as PEFT has them.
    """
    for module in model.modules():
        if type(module) is Linear and module.weight.device.type == "cpu":
            module.forward = _Fused(module)


class _Fused:
    def __init__(self, layer: Linear) -> None:
        self._layer = layer
        self._plain = layer.forward

    def __call__(self, inputs: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        name = self._adapter()
        if name is None or args or kwargs:
            plain: Tensor = self._plain(inputs, *args, **kwargs)
            return plain
        layer = self._layer
        base: Any = layer.base_layer
        down, up = layer.lora_A[name].weight, layer.lora_B[name].weight
        flat = inputs.flatten(0, -2)
        low = down.detach().to(inputs.dtype), up.detach().to(inputs.dtype)
        if torch.is_grad_enabled():
            apply: Any = _LoraProduct.apply
            out = apply(flat, base.weight, base.bias, down, up, *low, layer.scaling[name])
        else:
            out = _product(flat, base.weight, base.bias, *low, layer.scaling[name])[0]
        shaped: Tensor = out.view(*inputs.shape[:-1], out.shape[-1])
        return shaped

    def _adapter(self) -> str | None:
        """The adapter that is all that this layer adds to its base; None where there is none, or more to do."""
        layer = self._layer
        active = [name for name in layer.active_adapters if name in layer.lora_A]
        if layer.disable_adapters or layer.merged or len(active) != 1 or torch.is_autocast_enabled("cpu"):
            return None
        name, base = active[0], layer.base_layer
        plain = not (name in layer.lora_variant or layer.lora_bias[name]) and type(base) is nn.Linear
        dropout: Any = layer.lora_dropout[name]
        quiet = isinstance(dropout, nn.Identity) or not (layer.training and dropout.p)
        return name if plain and quiet and not base.weight.requires_grad else None


def _product(
    inputs: Tensor, weight: Tensor, bias: Tensor | None, down: Tensor, up: Tensor, scale: float
) -> tuple[Tensor, Tensor]:
    """What the layer gives (float [N, out]), and the adapter's inner state (float [N, r])."""
    inner = inputs @ down.T
    out = nn.functional.linear(inputs, weight, bias)
    return out.addmm_(inner, up.T, alpha=scale), inner


class _LoraProduct(torch.autograd.Function):
    """inputs [N, in] -> [N, out]; weight and bias are frozen. `down` and `up` get the gradients of what `low_down` and `low_up`
    are made of."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        inputs, weight, bias, down, up, low_down, low_up, scale = given
        out, inner = _product(inputs, weight, bias, low_down, low_up, scale)
        ctx.save_for_backward(inputs, weight, low_down, low_up, inner)
        ctx.scale, ctx.dtypes = scale, (down.dtype, up.dtype)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        (grad,) = grads
        inputs, weight, down, up, inner = ctx.saved_tensors
        at_inner = (grad @ up).mul_(ctx.scale)
        of_up = (grad.T @ inner).to(ctx.dtypes[1]).mul_(ctx.scale)
        of_down = (at_inner.T @ inputs).to(ctx.dtypes[0])
        of_inputs = None
        if ctx.needs_input_grad[0]:
            of_inputs = (grad @ weight).addmm_(at_inner, down)
        return of_inputs, None, None, of_down, of_up, None, None, None
