import sys

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from distill.selection.groups import Group
from distill.tlpo.rewards import RulesOf
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.vocabulary.index import VocabularyIndex

ENDING = 300  # past the bytes and the words: the end-of-sequence token
WORDS = ["가", "나", "다", "漢", "字", "複", "hello", "мир", "かな", " ", "1", "한국", "어", "中文", "語", "."]


@pytest.fixture(scope="session")
def vocabulary() -> VocabularyIndex:
    words = [w.encode() for w in WORDS]
    tokens = [bytes([b]) for b in range(256)] + words
    return VocabularyIndex.from_bytes(tokens + [b""] * (304 - len(tokens)))


@pytest.fixture(scope="session")
def rules_of(vocabulary):
    return RulesOf(DriftDetector(vocabulary))


@pytest.fixture
def small_llama() -> LlamaForCausalLM:
    """Two layers, random weights, over a vocabulary of 256 bytes and a few words."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=304,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.5,
        max_position_embeddings=128,
        bos_token_id=None,
        pad_token_id=None,
        eos_token_id=ENDING,
        attn_implementation="sdpa",
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture
def gentle_llama(small_llama: LlamaForCausalLM) -> LlamaForCausalLM:
    """Weights of a trained model's size: with the others, two ways of summing in float32 already differ by 1e-5."""
    with torch.no_grad():
        for parameter in small_llama.model.layers.parameters():
            parameter.mul_(0.3)
    return small_llama


@pytest.fixture
def batch() -> list[Group]:
    """Three sequences of different lengths; one point stands inside a character."""
    generator = torch.Generator().manual_seed(1)
    words = torch.randint(256, 256 + len(WORDS), (60,), generator=generator).tolist()
    first = (*words[:20], 0xEA, 0xB0)
    return [
        Group("a", first, 8, (7, 12, 20, 21), "ko"),
        Group("b", tuple(words[20:27]), 5, (4,), "ko", allow_english=False),
        Group("c", tuple(words[27:40]), 3, (5, 11), "ru"),
    ]


@pytest.fixture(scope="session")
def launch() -> list[str]:
    """`accelerate launch` of two processes on the CPU; what they run comes behind it."""
    flags = ["--multi_gpu", "--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no"]
    flags += ["--dynamo_backend", "no", "--main_process_port", "0"]
    return [sys.executable, "-m", "accelerate.commands.launch", *flags]
