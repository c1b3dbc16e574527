"""Real vocabularies of every family, from packages that carry them."""

import base64
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tiktoken
from filelock import FileLock
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
from transformers import PreTrainedTokenizerFast
from transformers.tokenization_mistral_common import MistralCommonBackend

from tests.cache import CACHE
from tlpo_guard.models.load import load_model
from tlpo_guard.vocabulary.index import VocabularyIndex

FAMILIES = ("smollm2", "tekken", "tekken in transformers", "sentencepiece", "byte fallback in transformers", "o200k")
O200K = "tiktoken@1.0.22"  # the npm package that carries the ranks


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A vocabulary and how its tokenizer cuts a text."""

    index: VocabularyIndex
    encode: Callable[[str], list[int]]

    def spelled(self, token_ids: list[int]) -> bytes:
        """The bytes of an answer."""
        return b"".join(map(self.index.token_bytes, token_ids))


@cache
def vocabulary(family: str) -> Vocabulary:
    """The vocabulary of a family."""
    tokenizer, encode, size = _tokenizer(family)
    return Vocabulary(VocabularyIndex.of(tokenizer, size=size), encode)


def _tokenizer(family: str) -> tuple[Any, Callable[[str], list[int]], int]:
    data = files("mistral_common") / "data"
    if family == "smollm2":
        loaded = load_model("smollm2", cache_dir=CACHE, device="cpu")
        return loaded.tokenizer, _plain(loaded.tokenizer), loaded.model.config.vocab_size
    if family == "tekken in transformers":
        wrapped = MistralCommonBackend(str(data / "tekken_240911.json"))
        return wrapped, _plain(wrapped), wrapped.vocab_size
    if family == "byte fallback in transformers":
        fast = PreTrainedTokenizerFast(tokenizer_file=str(_byte_fallback_file()))
        return fast, _plain(fast), len(fast)
    if family == "o200k":
        encoding = _o200k()
        return encoding, encoding.encode_ordinary, encoding.n_vocab
    name = {"tekken": "tekken_240911.json", "sentencepiece": "mistral_instruct_tokenizer_240323.model.v3"}[family]
    mistral = MistralTokenizer.from_file(str(data / name))
    inner = mistral.instruct_tokenizer.tokenizer
    return mistral, lambda text: inner.encode(text, bos=False, eos=False), inner.n_words


def _plain(tokenizer: Any) -> Callable[[str], list[int]]:
    return lambda text: list(tokenizer.encode(text, add_special_tokens=False))


def _byte_fallback_file() -> Path:
    """A `tokenizer.json` as Llama 2 and Gemma ship it: BPE with byte fallback, spaces as a visible mark."""
    words = ["\u2581", "a", "e", "é", "다", "中", "Ж", "n", "an", "\u2581d", "\u2581da"]
    vocab = {"<unk>": 0} | {f"<0x{b:02X}>": b + 1 for b in range(256)}
    vocab |= {word: len(vocab) + i for i, word in enumerate(words)}
    model = {"type": "BPE", "byte_fallback": True, "unk_token": "<unk>", "fuse_unk": True, "vocab": vocab}
    decoders = [
        {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
        {"type": "ByteFallback"},
        {"type": "Fuse"},
    ]
    content = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
        "model": {**model, "merges": [["a", "n"]]},
        "decoder": {"type": "Sequence", "decoders": decoders},
    }
    CACHE.mkdir(exist_ok=True)
    path = CACHE / "byte-fallback.json"
    with FileLock(f"{path}.lock"):
        path.write_text(json.dumps(content))
    return path


def _o200k() -> tiktoken.Encoding:
    path = CACHE / "o200k_base.json"
    CACHE.mkdir(exist_ok=True)
    with FileLock(f"{path}.lock"):
        if not path.exists():
            _fetch_o200k(path)
    stored = json.loads(path.read_text())
    ranks: dict[bytes, int] = {}
    for line in stored["bpe_ranks"].splitlines():
        _, start, *tokens = line.split()
        ranks |= {base64.b64decode(token): int(start) + i for i, token in enumerate(tokens)}
    return tiktoken.Encoding(
        "o200k", pat_str=stored["pat_str"], mergeable_ranks=ranks, special_tokens=stored["special_tokens"]
    )


def _fetch_o200k(path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here to fetch o200k with")
    CACHE.mkdir(exist_ok=True)
    done = subprocess.run([npm, "pack", "--silent", O200K], cwd=CACHE, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        pytest.skip(f"npm cannot fetch {O200K}: {done.stderr[-200:]}")
    archive = CACHE / done.stdout.strip()
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/encoders/o200k_base.json")
        assert member is not None
        path.write_bytes(member.read())
    archive.unlink()
