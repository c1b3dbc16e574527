"""What the tests keep from one run to the next; several processes may make it at once."""

from pathlib import Path

from filelock import FileLock

__all__ = ["CACHE", "small_model_folder"]

CACHE = Path(__file__).parent / ".cache"
_LAYERS = 4


def small_model_folder(cache: Path) -> Path:
    """The first layers of SmolLM2 and its tokenizer, as a model folder."""
    folder = cache / "small" / "smollm2"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            _cut(cache, folder)
    return folder


def _cut(cache: Path, folder: Path) -> None:
    from tlpo_guard.models.load import load_model

    loaded = load_model("smollm2", cache_dir=cache, device="cpu")
    loaded.model.model.layers = loaded.model.model.layers[:_LAYERS]
    loaded.model.config.num_hidden_layers = _LAYERS
    unfinished = folder.with_suffix(".unfinished")
    loaded.model.save_pretrained(unfinished)
    loaded.tokenizer.save_pretrained(unfinished)
    unfinished.rename(folder)
