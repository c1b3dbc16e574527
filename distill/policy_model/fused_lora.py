"""LoRA layers on a CPU in as few passes over memory as their matrix products need."""

from collections.abc import Sequence
from typing import Any

import torch
from peft.tuners.lora.layer import Linear
from torch import Tensor, nn
from torch.optim.optimizer import Optimizer, register_optimizer_step_post_hook

__all__ = ["fuse_lora"]

_ONE_INPUT = (("q_proj", "k_proj", "v_proj"),)
"""Children of a module that are given the same, one after the other, in the families known."""


def fuse_lora(model: nn.Module) -> None:
    """Make the LoRA layers of a model on a CPU add their update within the product that makes it.

    PEFT casts a layer's input and output to the adapter's float32 and makes a new tensor of each step, which costs more than the
    products. Here the small ones are in the model's own dtype, whose sums torch keeps in float32; weights and gradients of the
    adapter stay float32. Layers of one input are one product, for which their base weights come to lie in one tensor. Layers
    that do more than plain LoRA (DoRA, dropout while training, biases) run as PEFT has them.
    """
    for module in list(model.modules()):
        if type(module) is Linear and module.weight.device.type == "cpu":
            module.forward = _Fused(module)
    for module in list(model.modules()):
        for names in _ONE_INPUT:
            forwards = [getattr(getattr(module, name, None), "forward", None) for name in names]
            layers = [forward for forward in forwards if isinstance(forward, _Fused)]
            if len(layers) == len(names):
                _share(layers)


def _share(layers: "Sequence[_Fused]") -> None:
    """Let layers that are given the same compute together, if they are alike."""
    bases: list[Any] = [fused.layer.base_layer for fused in layers]
    linear = all(type(base) is nn.Linear for base in bases)
    frozen = linear and not any(base.weight.requires_grad or base.bias is not None for base in bases)
    if frozen and len({(base.in_features, base.weight.dtype) for base in bases}) == 1:
        shared = _Shared(layers)
        for fused in layers:
            fused.shared = shared


class _Fused:
    """A layer's forward."""

    def __init__(self, layer: Linear) -> None:
        self.layer = layer
        self.shared: _Shared | None = None
        self._plain = layer.forward
        self._lowered = _Lowered()

    def __call__(self, inputs: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if not (args or kwargs):
            found = None if self.shared is None else self.shared.given(self, inputs)
            if found is not None:
                return found
            if (name := self.adapter()) is not None:
                base: Any = self.layer.base_layer
                return _products(inputs, base.weight, base.bias, [self.layer], name, self._lowered)[0]
        plain: Tensor = self._plain(inputs, *args, **kwargs)
        return plain

    def adapter(self) -> str | None:
        """The adapter that is all that this layer adds to its base; None where there is none, or more to do."""
        layer = self.layer
        active = [name for name in layer.active_adapters if name in layer.lora_A]
        if layer.disable_adapters or layer.merged or len(active) != 1 or torch.is_autocast_enabled("cpu"):
            return None
        name, base = active[0], layer.base_layer
        plain = not (name in layer.lora_variant or layer.lora_bias[name]) and type(base) is nn.Linear
        dropout: Any = layer.lora_dropout[name]
        quiet = isinstance(dropout, nn.Identity) or not (layer.training and dropout.p)
        return name if plain and quiet and not base.weight.requires_grad else None


class _Shared:
    """Layers that are called with one input, in turn: the first computes what all of them give."""

    def __init__(self, layers: Sequence[_Fused]) -> None:
        self._layers = layers
        bases: list[Any] = [fused.layer.base_layer for fused in layers]
        self._weight = torch.cat([base.weight.detach() for base in bases])
        self._sizes = [base.out_features for base in bases]
        self._parts = torch.split(self._weight, self._sizes)
        for base, part in zip(bases, self._parts, strict=True):
            base.weight.data = part
        self._lowered = _Lowered()
        self._inputs: Tensor | None = None
        self._waiting: list[tuple[_Fused, Tensor]] = []

    def given(self, asking: _Fused, inputs: Tensor) -> Tensor | None:
        """What a layer gives; None where it has to compute that by itself."""
        if asking is self._layers[0]:
            found = self._computed(inputs)
            self._inputs, self._waiting = inputs if found else None, list(zip(self._layers, found, strict=False))
        if inputs is not self._inputs or not self._waiting or self._waiting[0][0] is not asking:
            return None
        _, given = self._waiting.pop(0)
        if not self._waiting:
            self._inputs = None
        return given

    def _computed(self, inputs: Tensor) -> Sequence[Tensor]:
        """What all layers give; nothing where one does more than this, or its base weight lies elsewhere by now."""
        layers = [fused.layer for fused in self._layers]
        bases: list[Any] = [layer.base_layer for layer in layers]
        here = zip(bases, self._parts, strict=True)
        if not all(base.weight.data_ptr() == part.data_ptr() for base, part in here):
            return ()
        if all(layer.disable_adapters and not layer.merged for layer in layers):  # rounded as with an adapter
            found = nn.functional.linear(inputs.flatten(0, -2), self._weight)
            return _views(found, self._sizes, inputs)
        name = self._layers[0].adapter()
        if name is None or any(fused.adapter() != name for fused in self._layers):
            return ()
        if len({layer.scaling[name] for layer in layers}) > 1:
            return ()
        return _products(inputs, self._weight, None, layers, name, self._lowered)


class _Steps:
    """How many steps optimizers have taken in this process: a fused one changes a parameter without a new version of it."""

    taken = 0

    @classmethod
    def count(cls, _: Optimizer, *__: Any) -> None:
        """Called behind each step."""
        cls.taken += 1


register_optimizer_step_post_hook(_Steps.count)


class _Lowered:
    """Adapters' matrices in the dtype of the layers' inputs, as they are now: those that lead down above one another, those that
    lead up along a diagonal."""

    def __init__(self) -> None:
        self._made_of: tuple[Any, ...] = ()
        self._made: tuple[Tensor, Tensor] | None = None

    def of(self, downs: Sequence[Tensor], ups: Sequence[Tensor], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        now = (dtype, _Steps.taken, *((x.data_ptr(), x._version) for x in (*downs, *ups)))
        if self._made is None or self._made_of != now:
            lowered = [[x.detach().to(dtype) for x in several] for several in (downs, ups)]
            along: Any = torch.block_diag
            self._made, self._made_of = (torch.cat(lowered[0]), along(*lowered[1])), now
        return self._made


def _products(
    inputs: Tensor, weight: Tensor, bias: Tensor | None, layers: Sequence[Linear], name: str, lowered: _Lowered
) -> tuple[Tensor, ...]:
    """What layers give whose base weights (float [all outs, in]) lie in one tensor; [..., out] each."""
    downs: list[Any] = [layer.lora_A[name].weight for layer in layers]
    ups: list[Any] = [layer.lora_B[name].weight for layer in layers]
    low = lowered.of(downs, ups, inputs.dtype)
    flat, scale = inputs.flatten(0, -2), layers[0].scaling[name]
    if torch.is_grad_enabled():
        apply: Any = _LoraProducts.apply
        return tuple(out.view(*inputs.shape[:-1], -1) for out in apply(flat, weight, bias, *low, scale, *downs, *ups))
    return _views(_product(flat, weight, bias, *low, scale)[0], [len(up) for up in ups], inputs)


def _views(found: Tensor, sizes: list[int], inputs: Tensor) -> tuple[Tensor, ...]:
    """Of what layers give (float [N, all outs]), each with the dimensions of the inputs."""
    return tuple(out.view(*inputs.shape[:-1], -1) for out in torch.split(found, sizes, dim=-1))


def _product(
    inputs: Tensor, weight: Tensor, bias: Tensor | None, down: Tensor, up: Tensor, scale: float
) -> tuple[Tensor, Tensor]:
    """What the layers give (float [N, out]), and the adapters' inner state (float [N, r])."""
    inner = inputs @ down.T
    out = nn.functional.linear(inputs, weight, bias)
    return out.addmm_(inner, up.T, alpha=scale), inner


class _LoraProducts(torch.autograd.Function):
    """inputs [N, in] -> [N, out] of each layer; weight and bias are frozen. The layers' own matrices get the gradients of what
    the lowered ones are made of."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Any:
        inputs, weight, bias, down, up, scale, *own = given
        out, inner = _product(inputs, weight, bias, down, up, scale)
        ctx.save_for_backward(inputs, weight, down, up, inner)
        ctx.scale, ctx.dtype = scale, own[0].dtype
        ctx.ranks, ctx.sizes = ([len(x) for x in own[: len(own) // 2]], [len(x) for x in own[len(own) // 2 :]])
        return tuple(torch.split(out, ctx.sizes, dim=-1))

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        inputs, weight, down, up, inner = ctx.saved_tensors
        grad = grads[0] if len(grads) == 1 else torch.cat(grads, dim=-1)
        at_inner = (grad @ up).mul_(ctx.scale)
        of_downs = torch.split((at_inner.T @ inputs).to(ctx.dtype), ctx.ranks)
        by_layer = zip(grads, torch.split(inner, ctx.ranks, dim=-1), strict=True)
        of_ups = [(of_out.T @ of_inner).to(ctx.dtype).mul_(ctx.scale) for of_out, of_inner in by_layer]
        of_inputs = None
        if ctx.needs_input_grad[0]:
            of_inputs = (grad @ weight).addmm_(at_inner, down)
        return of_inputs, None, None, None, None, None, *of_downs, *of_ups
