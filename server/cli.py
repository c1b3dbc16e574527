"""`tlpo-guard serve`."""

import gc
import signal
import socket
import sys
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tlpo_guard.data_folder import open_private
from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from tlpo_guard.settings import Settings

__all__ = ["serve"]

_SWITCH_SECONDS = 5e-5
_LAST_SECONDS = 5  # for cut answers to say so


Model = Annotated[
    str | None, typer.Option(help="`smollm2`, a folder, a .gguf file or a hub name.", show_default="smollm2")
]
Engine = Annotated[str | None, typer.Option(help="auto, transformers, vllm or llama-cpp.", show_default="auto")]
EngineFlags = Annotated[
    list[str] | None, typer.Argument(help="Behind `--`: flags for the engine itself (vLLM, llama.cpp).")
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8000")]
DataDir = Annotated[Path | None, typer.Option(help="Confusion log, adapters and caches.", show_default="data")]
Store = Annotated[str | None, typer.Option(help="URL of the confusion log.", show_default="in --data-dir")]
Registry = Annotated[str | None, typer.Option(help="Folder or URL of the adapters.", show_default="in --data-dir")]
GuardMode = Annotated[str | None, typer.Option(help="off, observe, mask or rewind.", show_default="mask")]
Languages = Annotated[str | None, typer.Option(help="Expected languages, as in ko,vi.", show_default="the prompt's")]
AllowEnglish = Annotated[
    bool | None,
    typer.Option(
        "--allow-english/--strict",
        help="Whether English words in other scripts are neutral.",
        show_default="allow-english",
    ),
]
AllowHanja = Annotated[
    bool | None, typer.Option(help="Whether Han characters in Korean are neutral.", show_default="no-allow-hanja")
]
EventMass = Annotated[
    float | None, typer.Option(help="Confusion mass from which on a position is logged.", show_default="0.05")
]
ApiKey = Annotated[
    str | None, typer.Option(help="Key that clients must send; 16 characters or more.", show_default="none")
]
KeysFile = Annotated[
    Path | None, typer.Option(help="Hashed keys of clients, of `tlpo-guard keys add`.", show_default="none")
]
AdminKey = Annotated[str | None, typer.Option(help="Key of /admin; without one it is closed.", show_default="none")]
LogContext = Annotated[str | None, typer.Option(help="full, or none to keep text out of the log.", show_default="full")]
RetentionDays = Annotated[float | None, typer.Option(help="Age at which events are deleted.", show_default="never")]
MaxConcurrent = Annotated[int | None, typer.Option(help="Sequences generated at the same time.", show_default="32")]
MaxQueue = Annotated[int | None, typer.Option(help="Sequences that may wait; then 429.", show_default="256")]
MaxN = Annotated[int | None, typer.Option(help="Most answers to one request.", show_default="16")]
DeadlineSeconds = Annotated[float | None, typer.Option(help="Time that a request may take.", show_default="600")]
DrainSeconds = Annotated[
    float | None, typer.Option(help="Time for running answers when told to stop.", show_default="30")
]
SendTimeoutSeconds = Annotated[float | None, typer.Option(help="Time for a client to take a piece.", show_default="30")]
ReceiveTimeoutSeconds = Annotated[
    float | None, typer.Option(help="Time for a client to send a request.", show_default="30")
]
MaxConnections = Annotated[int | None, typer.Option(help="Connections open at a time.", show_default="1000")]
MaxBodyBytes = Annotated[int | None, typer.Option(help="Size of a request.", show_default="4194304")]
MaxRewinds = Annotated[int | None, typer.Option(help="How often an answer goes back.", show_default="8")]
MaxHeldTokens = Annotated[
    int | None, typer.Option(help="Tokens held back while a word is undecided.", show_default="48")
]
KvCacheTokens = Annotated[
    int | None, typer.Option(help="Tokens of all running sequences together.", show_default="32768")
]
PrefixCaching = Annotated[
    bool | None, typer.Option(help="Compute what prompts share only once.", show_default="prefix-caching")
]
MaxNewTokens = Annotated[
    int | None, typer.Option(help="Length of an answer to a request that does not say.", show_default="512")
]
UnknownParameters = Annotated[
    str | None, typer.Option(help="refuse, or ignore what is not supported.", show_default="refuse")
]
SwapPollSeconds = Annotated[float | None, typer.Option(help="How often a new adapter is looked for.", show_default="1")]
TorchThreads = Annotated[int | None, typer.Option(help="CPU threads of torch.", show_default="torch's")]
AllowedHosts = Annotated[
    str | None,
    typer.Option(
        help="Names that the server may be asked by, with commas; * for any.",
        show_default="the loopback's; any with another --host",
    ),
]
CorsOrigins = Annotated[
    str | None, typer.Option(help="Web origins that may call the server, with commas.", show_default="none")
]
PublicMetrics = Annotated[
    bool | None, typer.Option(help="/metrics without a key, though others need one.", show_default="no-public-metrics")
]
PublicDocs = Annotated[
    bool | None,
    typer.Option(help="/docs and /openapi.json without a key, though others need one.", show_default="no-public-docs"),
]
LogFormat = Annotated[str | None, typer.Option(help="console or json.", show_default="console")]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error.", show_default="info")]
TracesEndpoint = Annotated[
    str | None, typer.Option(help="OpenTelemetry collector (OTLP over HTTP).", show_default="none")
]


def serve(
    engine_flags: EngineFlags = None,
    model: Model = None,
    engine: Engine = None,
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    store: Store = None,
    registry: Registry = None,
    guard_mode: GuardMode = None,
    languages: Languages = None,
    allow_english: AllowEnglish = None,
    allow_hanja: AllowHanja = None,
    event_mass: EventMass = None,
    api_key: ApiKey = None,
    keys_file: KeysFile = None,
    admin_key: AdminKey = None,
    log_context: LogContext = None,
    retention_days: RetentionDays = None,
    max_concurrent: MaxConcurrent = None,
    max_queue: MaxQueue = None,
    max_n: MaxN = None,
    deadline_seconds: DeadlineSeconds = None,
    drain_seconds: DrainSeconds = None,
    send_timeout_seconds: SendTimeoutSeconds = None,
    receive_timeout_seconds: ReceiveTimeoutSeconds = None,
    max_connections: MaxConnections = None,
    max_body_bytes: MaxBodyBytes = None,
    max_rewinds: MaxRewinds = None,
    max_held_tokens: MaxHeldTokens = None,
    kv_cache_tokens: KvCacheTokens = None,
    prefix_caching: PrefixCaching = None,
    max_new_tokens: MaxNewTokens = None,
    unknown_parameters: UnknownParameters = None,
    swap_poll_seconds: SwapPollSeconds = None,
    torch_threads: TorchThreads = None,
    allowed_hosts: AllowedHosts = None,
    cors_origins: CorsOrigins = None,
    public_metrics: PublicMetrics = None,
    public_docs: PublicDocs = None,
    log_format: LogFormat = None,
    log_level: LogLevel = None,
    traces_endpoint: TracesEndpoint = None,
) -> None:
    """Serve a guarded OpenAI-style endpoint."""
    flags: dict[str, Any] = dict(locals()) | {"engine_flags": engine_flags or None}
    from tlpo_guard.settings import load_settings

    settings = load_settings(**flags)

    listener = _listen(settings.host, settings.port)
    open_private(settings.data_dir)
    with sole_server(settings.data_dir):
        app = _loaded(settings)
        typer.echo(f"serving {settings.model} on http://{settings.host}:{listener.getsockname()[1]}/v1", err=True)
        _run(app, listener, settings)


def _loaded(settings: "Settings") -> "FastAPI":
    """The app. All that is imported and loaded for it stays; looking through it again and again takes a fifth of the start."""
    gc.disable()
    try:
        from server.app import create_app

        typer.echo(f"loading {settings.model} ...", err=True)
        return create_app(settings)
    finally:
        gc.enable()


def _run(app: "FastAPI", listener: socket.socket, settings: "Settings") -> None:
    """Serve until told to stop; then answers under way get some time, and no new ones begin."""
    import uvicorn

    from server.http.connections import limited_protocol

    service, drain_seconds = app.state.service, settings.drain_seconds
    # A generation thread lets go of the interpreter at every torch call; with Python's 5 ms it would wait that long to get
    # it back from the event loop, many times a step.
    sys.setswitchinterval(_SWITCH_SECONDS)

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: "FrameType | None") -> None:
            service.drain(drain_seconds)
            super().handle_exit(sig, frame)

    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup it is ignored
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    config = uvicorn.Config(
        app,
        http=limited_protocol(settings),
        ws="none",
        log_config=None,
        timeout_graceful_shutdown=int(drain_seconds) + _LAST_SECONDS,
    )
    Server(config).run(sockets=[listener])


@contextmanager
def sole_server(data_dir: Path) -> "Iterator[None]":
    """Be the one server of a data folder; the lock ends with the process, however that ends.

    Raises:
        ConfigurationError: another server has it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(data_dir / "server.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        message = f"another server uses {data_dir}; stop it, or give this one a --data-dir of its own"
        raise ConfigurationError(message) from None
    try:
        yield
    finally:
        lock.release()


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket, taken before the model is loaded so that a port in use shows at once.

    Raises:
        ConfigurationError: the port is taken or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # with SO_REUSEADDR only this tells that another server has the port
    except OSError as exc:
        listener.close()
        message = f"cannot listen on {host}:{port} ({exc.strerror}); stop what uses it or choose another --port"
        raise ConfigurationError(message) from exc
    return listener
