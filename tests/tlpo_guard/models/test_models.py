from pathlib import Path

import pytest
import torch

from tests.processes import run_code
from tlpo_guard.errors import ModelError
from tlpo_guard.models.load import LoadedModel, load_model, load_tokenizer


def test_bundled_model_answers(smollm2: LoadedModel) -> None:
    question = [{"role": "user", "content": "What is the capital of France?"}]
    inputs = smollm2.tokenizer.apply_chat_template(
        question, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    output = smollm2.model.generate(**inputs, max_new_tokens=20, do_sample=False)
    assert "Paris" in smollm2.tokenizer.decode(output[0])
    assert smollm2.model.config._attn_implementation == "sdpa"


def test_end_and_padding_tokens_are_known(smollm2: LoadedModel) -> None:
    assert smollm2.model.generation_config.eos_token_id == [smollm2.tokenizer.eos_token_id]
    assert smollm2.model.generation_config.pad_token_id is not None
    assert smollm2.tokenizer.pad_token_id is not None


def test_a_folder_gives_the_same_model_and_fingerprints(
    smollm2: LoadedModel, model_cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copied"
    smollm2.model.save_pretrained(folder)
    smollm2.tokenizer.save_pretrained(folder)
    copied = load_model(str(folder), cache_dir=model_cache, device="cpu")
    assert copied.name == "copied"
    for name, tensor in smollm2.model.state_dict().items():
        assert torch.equal(tensor, copied.model.state_dict()[name]), name
    assert copied.fingerprint == smollm2.fingerprint
    assert copied.tokenizer_fingerprint == smollm2.tokenizer_fingerprint


def test_fingerprint_changes_with_the_weights(smollm2: LoadedModel, model_cache: Path, tmp_path: Path) -> None:
    other = load_model("smollm2", cache_dir=model_cache, device="cpu")
    assert other.fingerprint == smollm2.fingerprint
    with torch.no_grad():
        other.model.model.layers[7].mlp.up_proj.weight.mul_(1.5)
    other.model.save_pretrained(tmp_path)
    other.tokenizer.save_pretrained(tmp_path)
    changed = load_model(str(tmp_path), cache_dir=model_cache, device="cpu")
    assert changed.fingerprint != smollm2.fingerprint
    assert changed.tokenizer_fingerprint == smollm2.tokenizer_fingerprint


def test_tokenizer_alone_is_the_tokenizer_of_the_model(smollm2: LoadedModel, model_cache: Path) -> None:
    tokenizer = load_tokenizer("smollm2", cache_dir=model_cache)
    assert tokenizer.get_vocab() == smollm2.tokenizer.get_vocab()
    assert tokenizer.chat_template == smollm2.tokenizer.chat_template


def test_loading_writes_nothing_to_a_stderr_that_nobody_watches(smollm2: LoadedModel, model_cache: Path) -> None:
    code = (
        "from pathlib import Path; from tlpo_guard.models.load import load_model;"
        f"load_model('smollm2', cache_dir=Path({str(model_cache)!r}), device='cpu')"
    )
    done = run_code(code)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_broken_gguf_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF\x03\x00\x00\x00" + b"\xff" * 64)
    with pytest.raises(ModelError, match=r"broken\.gguf cannot be read as a GGUF model"):
        load_model(str(broken), cache_dir=tmp_path)
    assert [path.suffix for path in (tmp_path / "models").iterdir()] == [".lock"]


def test_a_file_that_is_no_gguf_is_named(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    with pytest.raises(ModelError, match=r"notes\.txt is not a GGUF file"):
        load_model(str(text), cache_dir=tmp_path)


@pytest.mark.parametrize("name", ["/no/such/folder", "./missing", "missing.gguf"])
def test_a_path_that_does_not_exist_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"{name} does not exist; name a model folder"):
        load_tokenizer(name, cache_dir=tmp_path)


def test_a_folder_without_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a folder without config\.json"):
        load_model(str(tmp_path), cache_dir=tmp_path)


def test_weights_in_a_pickle_are_refused(smollm2: LoadedModel, tmp_path: Path) -> None:
    smollm2.model.config.save_pretrained(tmp_path)
    smollm2.tokenizer.save_pretrained(tmp_path)
    torch.save(smollm2.model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load_model(str(tmp_path), cache_dir=tmp_path)


def test_a_name_the_hub_does_not_give_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        ModelError, match="nobody/no-such-model-12345: cannot load the tokenizer; no folder of this name"
    ):
        load_model("nobody/no-such-model-12345", cache_dir=tmp_path)
