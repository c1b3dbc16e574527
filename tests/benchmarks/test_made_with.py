"""Outputs of benchmarks are taken again only where they were made with the same settings."""

import pytest
import typer

from benchmarks.made_with import adapter_digest, digest, is_made, keep_settings


def test_an_output_is_taken_where_its_settings_hold_those_that_are_asked_for(tmp_path):
    output = tmp_path / "folder" / "answers.jsonl"
    keep_settings(output, {"model": "m", "temperature": 0.6, "questions": 3})
    assert not is_made(output, {"model": "m"})
    output.write_text("made", encoding="utf-8")
    assert is_made(output, {"model": "m", "temperature": 0.6})
    with pytest.raises(
        typer.BadParameter, match=r"temperature 0\.6, now 1\.5; texts none, now \[\"ko\"\]\. .* remove it"
    ):
        is_made(output, {"model": "m", "temperature": 1.5, "texts": ("ko",)})


def test_an_output_from_before_settings_were_kept_is_taken_with_a_warning(tmp_path):
    output = tmp_path / "answers.jsonl"
    output.write_text("made", encoding="utf-8")
    with pytest.warns(UserWarning, match="without the settings"):
        assert is_made(output, {"model": "m"})


def test_a_digest_tells_texts_apart_and_an_adapter_by_its_weights(tmp_path):
    assert digest(["a", "b"]) == digest(["a", "b"]) and digest(["a", "b"]).startswith("2 (")
    assert len({digest(texts) for texts in ([], [""], ["ab"], ["a", "b"], ["b", "a"])}) == 5
    assert adapter_digest(None) is None
    weights = tmp_path / "adapter_model.safetensors"
    weights.write_bytes(b"one")
    first = adapter_digest(tmp_path)
    weights.write_bytes(b"two")
    assert adapter_digest(tmp_path) != first
