"""One decode step of a model of Qwen2.5-7B's shapes in a CUDA graph: the yardstick for what the guard costs."""

from typing import Any

import torch
from torch.nn import functional

__all__ = ["decode_step"]

LAYERS, WIDTH, INNER, HEADS, KV_HEADS, HEAD = 28, 3584, 18_944, 28, 4, 128
VOCABULARY = 152_064


def decode_step(rows: int, context: int = 1024) -> tuple[torch.cuda.CUDAGraph, list[Any]]:
    """The graph, and what it must keep alive. Random weights in bfloat16; the cache holds `context` tokens a row."""
    device, dtype = torch.device("cuda"), torch.bfloat16

    def weight(out: int, inside: int) -> torch.Tensor:
        return torch.randn(out, inside, device=device, dtype=dtype) * inside**-0.5

    layers = [
        (
            weight((HEADS + 2 * KV_HEADS) * HEAD, WIDTH),
            weight(WIDTH, HEADS * HEAD),
            weight(2 * INNER, WIDTH),
            weight(WIDTH, INNER),
            torch.randn(2, rows, KV_HEADS, context, HEAD, device=device, dtype=dtype),
        )
        for _ in range(LAYERS)
    ]
    head, scale = weight(VOCABULARY, WIDTH), torch.ones(WIDTH, device=device, dtype=dtype)
    start = torch.randn(rows, WIDTH, device=device, dtype=dtype)

    def step() -> torch.Tensor:
        x = start
        for qkv, out, up, down, cache in layers:
            made = functional.linear(functional.rms_norm(x, (WIDTH,), scale), qkv)
            query, key, value = made.split([HEADS * HEAD, KV_HEADS * HEAD, KV_HEADS * HEAD], dim=-1)
            cache[0, :, :, -1], cache[1, :, :, -1] = key.view(rows, KV_HEADS, HEAD), value.view(rows, KV_HEADS, HEAD)
            # One query a row: the heads that share a key stand where a sequence's queries would.
            grouped = query.view(rows, KV_HEADS, HEADS // KV_HEADS, HEAD)
            seen = functional.scaled_dot_product_attention(grouped, cache[0], cache[1])
            x = x + functional.linear(seen.reshape(rows, HEADS * HEAD), out)
            gate, inner = functional.linear(functional.rms_norm(x, (WIDTH,), scale), up).chunk(2, dim=-1)
            x = x + functional.linear(functional.silu(gate) * inner, down)
        return functional.linear(functional.rms_norm(x, (WIDTH,), scale), head).float()

    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream), torch.no_grad():
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph), torch.no_grad():
        logits = step()
    return graph, [layers, head, scale, start, logits]
