"""RMS norms on a CPU in fewer passes over memory, and with a backward pass of their own."""

from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["fuse_norms"]


def fuse_norms(model: nn.Module) -> None:
    """Make the frozen RMS norms of a model on a CPU scale in place, and keep what came in instead of each step for the gradient.

    Only those that compute what Llama's does are taken, by trial: other families add one to the weight, or round elsewhere.
    """
    for module in model.modules():
        if type(module).__name__.endswith("RMSNorm") and _as_llama(module):
            module.forward = _Fused(module)


def _as_llama(module: nn.Module) -> bool:
    weight, eps = getattr(module, "weight", None), getattr(module, "variance_epsilon", None)
    if not isinstance(weight, Tensor) or not isinstance(eps, float) or weight.dim() != 1:
        return False
    if weight.requires_grad or weight.device.type != "cpu" or "forward" in vars(module):
        return False
    tried = torch.linspace(-2.0, 3.0, weight.numel() * 2).view(2, -1).to(weight.dtype)
    with torch.no_grad():
        return torch.allclose(module(tried).float(), _normed(tried, weight, eps)[0].float(), rtol=1e-2, atol=1e-3)


class _Fused:
    def __init__(self, module: nn.Module) -> None:
        self._weight: Any = module.weight
        self._eps: Any = module.variance_epsilon

    def __call__(self, inputs: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return _normed(inputs, self._weight, self._eps)[0]
        apply: Any = _RmsNorm.apply
        out: Tensor = apply(inputs, self._weight, self._eps)
        return out


def _normed(inputs: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """What the norm gives (as the inputs), and one over the root of the mean square; float32 [..., 1]."""
    wide = inputs.to(torch.float32, copy=True)
    mean = torch.linalg.vector_norm(wide, dim=-1, keepdim=True).square_().div_(wide.shape[-1])
    scale = mean.add_(eps).rsqrt_()
    return wide.mul_(scale).to(inputs.dtype).mul(weight), scale


class _RmsNorm(torch.autograd.Function):
    """inputs [..., H]; the weight is frozen."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        inputs, weight, eps = given
        out, scale = _normed(inputs, weight, eps)
        ctx.save_for_backward(inputs, weight, scale)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        inputs, weight, scale = ctx.saved_tensors
        at_normed = (grads[0] * weight).to(torch.float32)
        normed = inputs.to(torch.float32, copy=True).mul_(scale)
        along = torch.linalg.vecdot(at_normed, normed).div_(normed.shape[-1]).unsqueeze(-1)
        return at_normed.addcmul_(normed, along, value=-1.0).mul_(scale).to(inputs.dtype), None, None
