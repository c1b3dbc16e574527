from pathlib import Path

import pytest

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.policy import Mode
from tlpo_guard.settings import load_settings


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory and no variables of ours."""
    import os

    for name in [name for name in os.environ if name.startswith("TLPO_GUARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults() -> None:
    settings = load_settings()
    assert (settings.model, settings.host, settings.port) == ("smollm2", "127.0.0.1", 8000)
    assert (settings.guard_mode, settings.languages, settings.api_key) == (Mode.MASK, (), None)
    assert settings.data_dir == Path("data")


def test_flags_win_over_environment_over_file(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "tlpo-guard.toml").write_text('host = "file"\nmodel = "file"\nport = 1\n')
    monkeypatch.setenv("TLPO_GUARD_MODEL", "environment")
    monkeypatch.setenv("TLPO_GUARD_PORT", "2")
    settings = load_settings(port=3, model=None)
    assert (settings.host, settings.model, settings.port) == ("file", "environment", 3)


def test_file_named_by_the_environment(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "other.toml").write_text('languages = ["ko", "ja"]\nguard_mode = "observe"\n')
    monkeypatch.setenv("TLPO_GUARD_CONFIG", str(bare / "other.toml"))
    settings = load_settings()
    assert settings.languages == ("ko", "ja")
    assert settings.guard_mode is Mode.OBSERVE


def test_languages_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(languages="ko, ja").languages == ("ko", "ja")
    monkeypatch.setenv("TLPO_GUARD_LANGUAGES", "ko,zh")
    assert load_settings().languages == ("ko", "zh")
    monkeypatch.setenv("TLPO_GUARD_LANGUAGES", "")
    assert load_settings().languages == ()


def test_api_key_stays_out_of_representations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLPO_GUARD_API_KEY", "open-sesame-open")
    settings = load_settings()
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "open-sesame-open"
    assert "open-sesame-open" not in repr(settings)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", 70_000),
        ("event_mass", 0),
        ("event_mass", 1.5),
        ("guard_mode", "sometimes"),
        ("languages", "12"),
        ("log_context", "some"),
        ("max_concurrent", 0),
        ("torch_threads", 0),
        ("colour", "red"),
    ],
)
def test_what_cannot_be_used_is_named(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=field):
        load_settings(**{field: value})


def test_unknown_name_in_the_file_is_named(bare: Path) -> None:
    (bare / "tlpo-guard.toml").write_text('modle = "x"\n')
    with pytest.raises(ConfigurationError, match="modle is not a setting; known are model, engine, engine_flags, host"):
        load_settings()


def test_broken_file_is_named(bare: Path) -> None:
    (bare / "tlpo-guard.toml").write_text("model = \n")
    with pytest.raises(ConfigurationError, match=r"tlpo-guard\.toml cannot be read"):
        load_settings()


def test_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLPO_GUARD_CONFIG", "/no/such.toml")
    with pytest.raises(ConfigurationError, match=r"TLPO_GUARD_CONFIG names /no/such\.toml, which is not a file"):
        load_settings()
