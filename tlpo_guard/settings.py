"""Settings: flags win over TLPO_GUARD_* environment variables, those over the TOML file, that over the defaults."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

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
from tlpo_guard.languages.tags import language
from tlpo_guard.policy import Mode

__all__ = ["PREFIX", "Settings", "config_file", "load_settings", "store_location"]

S = TypeVar("S", bound=BaseSettings)

PREFIX = "TLPO_GUARD_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
CONFIG_FILE = Path("tlpo-guard.toml")
_EVENTS_FILE = "events.sqlite3"
_LEAST_SECRET = 16  # characters
_SECRET = re.compile(rf"[!-~]{{{_LEAST_SECRET},}}")


class _Sources(BaseSettings):
    """Flags, then the environment, then the TOML file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _Toml(settings_cls, toml_file=config_file())


class Settings(_Sources):
    """Everything that can be set, for the server and for distillation.

    Attributes:
        model: `smollm2`, a model folder, a `.gguf` file or a hub name.
        engine: what runs the model; `auto` takes the one that suits the model on this machine.
        engine_flags: for the engine itself, where it takes any: vLLM's own, or `--ubatch-size 512` for llama.cpp.
        guard_mode: what the guard does with a request that does not say.
        languages: expected languages (BCP-47) of a request that does not say; empty means: from its prompt.
        event_mass: probability of drifting tokens from which on a position is logged, above 0 and not above 1.
        store: URL of the event store, such as `sqlite:///data/events.sqlite3`; None is that file in the data folder.
        registry: folder or fsspec URL of the adapter registry; None is `adapters` in the data folder.
        api_key: key that clients must send, of 16 characters or more; None, without a `keys_file`, lets everybody in.
        keys_file: TOML file of hashed keys with a default policy each (`tlpo-guard keys add`).
        admin_key: key of `/admin`, of 16 characters or more; None closes it.
        log_context: `none` keeps prompts and outputs out of the confusion log.
        retention_days: age at which events are deleted; None keeps them.
        max_concurrent: sequences generated at the same time; further ones wait.
        max_queue: sequences that may wait; what comes on top is told to come back later (429).
        max_n: most answers to one request.
        deadline_seconds: time that one request may take; what is written by then is the answer.
        drain_seconds: time that answers under way get when the server is told to stop.
        send_timeout_seconds: time that a client may take to accept the next piece of its answer.
        receive_timeout_seconds: time that a client may take to send a request, its body included.
        max_connections: open at a time, as far as the process may have so many files; one more takes the place of the one
            that has waited longest without a request.
        max_body_bytes: size of a request.
        max_rewinds: how often an answer goes back under `rewind` before the guard stands back.
        max_held_tokens: tokens that `rewind` holds back while a word is undecided.
        kv_cache_tokens: tokens of all running sequences together.
        prefix_caching: what prompts have in common is computed once; off, an answer never depends on those before it, to
            the last bit.
        max_new_tokens: length of an answer to a request that does not say.
        unknown_parameters: fields of requests that the server does not support are refused by name, or dropped and named in
            the response's header `X-Ignored-Parameters` (`ignore`).
        swap_poll_seconds: how often the server looks for a newly promoted adapter.
        torch_threads: CPU threads of torch; None leaves it to torch.
        allowed_hosts: names under which the server may be asked for (the `Host` header), `*` for any. Empty: those of the
            loopback interface where `host` is one of them, which no page can then reach by a name of its own (DNS
            rebinding), and any name elsewhere.
        cors_origins: web pages (origins) whose scripts may call the server; none by default.
        public_metrics: `/metrics` needs no key though others do.
        public_docs: `/docs`, `/redoc` and `/openapi.json` need no key though others do.
        log_format: `console` for people, `json` for machines.
        log_level: of the server's own log.
        traces_endpoint: OpenTelemetry collector (OTLP over HTTP) that gets a trace of every request; None for none.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=False)

    model: str = Field(default="smollm2", min_length=1)
    engine: Literal["auto", "transformers", "vllm", "llama-cpp"] = "auto"
    engine_flags: Annotated[tuple[str, ...], NoDecode] = ()
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65535)
    data_dir: Path = Path("data")
    store: str | None = None
    registry: str | None = None
    guard_mode: Mode = Mode.MASK
    languages: Annotated[tuple[str, ...], NoDecode] = ()
    allow_english: bool = True
    allow_hanja: bool = False
    event_mass: float = Field(default=0.05, gt=0, le=1)
    api_key: SecretStr | None = None
    keys_file: Path | None = None
    admin_key: SecretStr | None = None
    log_context: Literal["full", "none"] = "full"
    retention_days: float | None = Field(default=None, gt=0)
    max_concurrent: int = Field(default=32, ge=1)
    max_queue: int = Field(default=256, ge=0)
    max_n: int = Field(default=16, ge=1)
    deadline_seconds: float = Field(default=600.0, gt=0)
    drain_seconds: float = Field(default=30.0, ge=0)
    send_timeout_seconds: float = Field(default=30.0, gt=0)
    receive_timeout_seconds: float = Field(default=30.0, gt=0)
    max_connections: int = Field(default=1000, ge=1)
    max_body_bytes: int = Field(default=4 * 2**20, ge=1)
    max_rewinds: int = Field(default=8, ge=0)
    max_held_tokens: int = Field(default=48, ge=1)
    kv_cache_tokens: int = Field(default=32_768, ge=1)
    prefix_caching: bool = True
    max_new_tokens: int = Field(default=512, ge=1)
    unknown_parameters: Literal["refuse", "ignore"] = "refuse"
    swap_poll_seconds: float = Field(default=1.0, gt=0)
    torch_threads: int | None = Field(default=None, ge=1)
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    public_metrics: bool = False
    public_docs: bool = False
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    traces_endpoint: str | None = None

    @property
    def store_location(self) -> str | Path:
        """What `open_store` opens."""
        return self.store or self.data_dir / _EVENTS_FILE

    @field_validator("languages", "allowed_hosts", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [tag for part in value.split(",") if (tag := part.strip())] if isinstance(value, str) else value

    @field_validator("engine_flags", mode="before")
    @classmethod
    def _as_a_shell_does(cls, value: Any) -> Any:
        return shlex.split(value) if isinstance(value, str) else value

    @field_validator("languages")
    @classmethod
    def _canonical(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(language(tag).tag for tag in value)

    @field_validator("api_key", "admin_key")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        secret = value.get_secret_value().strip()
        if not _SECRET.fullmatch(secret):
            raise ValueError(
                f"must have {_LEAST_SECRET} or more printable ASCII characters and no spaces, as headers carry it; "
                "`openssl rand -hex 24` makes one"
            )
        return SecretStr(secret)

    @field_validator("data_dir", "keys_file")
    @classmethod
    def _expand(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser()


class _StoreSetting(_Sources):
    """The setting `store` alone, for commands that need no other and should not fail by one."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    store: str | None = None


class _Toml(TomlConfigSettingsSource):
    """The file's top level; its table `[distill]` belongs to the distiller."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        return {name: value for name, value in super()._read_file(file_path).items() if name != "distill"}


def load_settings(**flags: Any) -> Settings:
    """The settings in force; a flag that is None was not given.

    Raises:
        ConfigurationError: naming the setting that cannot be used, or the TOML file that cannot be read.
    """
    return _load(Settings, flags)


def store_location(store: str | None, data_dir: Path) -> str | Path:
    """What `open_store` opens for a command: the store given, else the one in the settings, else a file in the data folder.

    Args:
        store: a URL; None where none was given.

    Raises:
        ConfigurationError: the TOML file cannot be read.
    """
    return store or _load(_StoreSetting, {}).store or data_dir / _EVENTS_FILE


def _load(kind: type[S], flags: Mapping[str, Any]) -> S:
    try:
        return kind(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as exc:
        raise ConfigurationError("; ".join(_problem(error) for error in exc.errors())) from exc
    except (SettingsError, OSError, ValueError) as exc:
        if isinstance(exc, ConfigurationError):
            raise
        raise ConfigurationError(f"{config_file() or 'the settings'} cannot be read: {exc}") from exc


def config_file() -> Path | None:
    """The TOML file in force: TLPO_GUARD_CONFIG, else tlpo-guard.toml here; None where there is none.

    Raises:
        ConfigurationError: the variable names no file.
    """
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
    given = "" if field in ("api_key", "admin_key") else f" is {error['input']!r}"
    return f"{field}{given}: {error['msg'].removeprefix('Value error, ')}"
