"""RMS norms in fewer passes give the numbers and the gradients of those that they replace."""

import pytest
import torch
from transformers.models.gemma.modeling_gemma import GemmaRMSNorm
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from distill.policy_model.rms_norm import fuse_norms


def norm(kind=LlamaRMSNorm, dtype=torch.float32, trained=False):
    torch.manual_seed(0)
    module = kind(32, eps=1e-5)
    with torch.no_grad():
        module.weight.copy_(torch.rand(32) + 0.5)
    return torch.nn.Sequential(module.to(dtype).requires_grad_(trained))


@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-6), (torch.bfloat16, 1e-2)])
def test_outputs_and_gradients_are_those_of_the_module(dtype, near):
    plain, fused = norm(dtype=dtype), norm(dtype=dtype)
    fuse_norms(fused)
    assert "forward" in vars(fused[0])
    found = []
    for module in (plain, fused):
        inputs = torch.randn(2, 5, 32, generator=torch.Generator().manual_seed(1)).to(dtype).requires_grad_()
        out = module(inputs)
        (out * torch.linspace(-1.0, 1.0, 32, dtype=dtype)).sum().backward()
        with torch.no_grad():
            assert torch.equal(module(inputs), out)
        found.append((out.detach(), inputs.grad))
    for one, other in zip(*found, strict=True):
        assert one.dtype == other.dtype == dtype
        torch.testing.assert_close(one, other, atol=near, rtol=near)


def test_norms_that_compute_otherwise_or_learn_stay_as_they_are():
    for other in (norm(GemmaRMSNorm), norm(trained=True), torch.nn.Sequential(torch.nn.LayerNorm(32))):
        fuse_norms(other)
        assert "forward" not in vars(other[0])
