"""What `tlpo-guard serve --help` says of the defaults, which the settings hold."""

import inspect
import re
from typing import Any, get_args, get_type_hints

import pytest
from typer.testing import CliRunner

from server.cli import serve
from tlpo_guard.cli import create_app
from tlpo_guard.settings import Settings

FLAGS = [name for name in inspect.signature(serve).parameters if name != "engine_flags"]


def told(name: str) -> Any:
    _, option = get_args(get_type_hints(serve, include_extras=True)[name])
    return option.show_default


def flag_word(name: str, value: bool) -> str:
    return name.replace("_", "-") if value else f"no-{name.replace('_', '-')}"


@pytest.mark.parametrize("name", FLAGS)
def test_every_flag_tells_the_default_of_its_setting(name: str) -> None:
    default = Settings.model_fields[name].default
    assert isinstance(told(name), str)
    if isinstance(default, bool):
        assert told(name) == flag_word(name, default)
    elif isinstance(default, int | float):
        assert float(told(name)) == default
    elif default not in (None, ()):
        assert told(name) == str(default)


def test_the_help_shows_the_defaults_whatever_is_set_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLPO_GUARD_PORT", "9")
    shown = " ".join(CliRunner().invoke(create_app("serve"), ["serve", "--help"]).output.split())
    assert re.search(r"Port to listen on\. \[default: \(8000\)\]", shown)
    assert shown.count("[default: ") == len(FLAGS)
