"""Settings: flags win over TLPO_GUARD_* environment variables, those over the TOML file, that over the defaults."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.languages import language
from tlpo_guard.policy import Mode

__all__ = ["Settings", "load_settings"]

PREFIX = "TLPO_GUARD_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
CONFIG_FILE = Path("tlpo-guard.toml")


class Settings(BaseSettings):
    """Everything that can be set, for the server and for distillation.

    Attributes:
        model: `smollm2`, a model folder, a `.gguf` file or a hub name.
        guard_mode: what the guard does with a request that does not say.
        languages: expected languages (BCP-47) of a request that does not say; empty means: from its prompt.
        event_mass: probability of drifting tokens from which on a position is logged, above 0 and not above 1.
        api_key: bearer token that clients must send; None lets everybody in.
        log_context: `none` keeps prompts and outputs out of the confusion log.
        max_concurrent: sequences generated at the same time; further ones wait.
        kv_cache_tokens: tokens of all running sequences together.
        max_new_tokens: length of an answer to a request that does not say.
        swap_poll_seconds: how often the server looks for a newly promoted adapter.
        torch_threads: CPU threads of torch; None leaves it to torch.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=False)

    model: str = Field(default="smollm2", min_length=1)
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65535)
    data_dir: Path = Path("data")
    guard_mode: Mode = Mode.MASK
    languages: Annotated[tuple[str, ...], NoDecode] = ()
    allow_english: bool = True
    allow_hanja: bool = False
    event_mass: float = Field(default=0.05, gt=0, le=1)
    api_key: SecretStr | None = None
    log_context: Literal["full", "none"] = "full"
    max_concurrent: int = Field(default=32, ge=1)
    kv_cache_tokens: int = Field(default=32_768, ge=1)
    max_new_tokens: int = Field(default=512, ge=1)
    swap_poll_seconds: float = Field(default=1.0, gt=0)
    torch_threads: int | None = Field(default=None, ge=1)

    @field_validator("languages", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [tag for part in value.split(",") if (tag := part.strip())] if isinstance(value, str) else value

    @field_validator("languages")
    @classmethod
    def _canonical(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(language(tag).tag for tag in value)

    @field_validator("data_dir")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=_config_file())


def load_settings(**flags: Any) -> Settings:
    """The settings in force; a flag that is None was not given.

    Raises:
        ConfigurationError: naming the setting that cannot be used, or the TOML file that cannot be read.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as exc:
        raise ConfigurationError("; ".join(_problem(error) for error in exc.errors())) from exc
    except (SettingsError, OSError, ValueError) as exc:
        if isinstance(exc, ConfigurationError):
            raise
        raise ConfigurationError(f"{_config_file() or 'the settings'} cannot be read: {exc}") from exc


def _config_file() -> Path | None:
    if named := os.environ.get(CONFIG_VARIABLE):
        path = Path(named).expanduser()
        if not path.is_file():
            raise ConfigurationError(f"{CONFIG_VARIABLE} names {named}, which is not a file")
        return path
    return CONFIG_FILE if CONFIG_FILE.is_file() else None


def _problem(error: Any) -> str:
    field = str(error["loc"][0]) if error["loc"] else "settings"
    if error["type"] == "extra_forbidden":
        return f"{field} is not a setting; known are {', '.join(Settings.model_fields)}"
    given = "" if field == "api_key" else f" is {error['input']!r}"
    return f"{field}{given}: {error['msg'].removeprefix('Value error, ')}"
