"""Which adapter version answers a request to vLLM's server."""

import logging
from pathlib import Path
from typing import Any

import pytest

from tests.tlpo_guard.integrations.vllm.stand_in import KEY, Engine, Models, StandIn
from tlpo_guard.events.opening import open_store
from tlpo_guard.integrations.vllm.front.following import ADMITTED
from tlpo_guard.integrations.vllm.front.names import split_name, version_name
from tlpo_guard.keys import key_hash
from tlpo_guard.registry import StoredRegistry, open_registry

ADMIN = "admin-key-of-16-or-more"


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoredRegistry:
    """Two versions that passed and one that the gate refused; the pointer is looked at before each request."""
    monkeypatch.setenv("TLPO_GUARD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TLPO_GUARD_SWAP_POLL_SECONDS", "0.000001")
    monkeypatch.setenv("VLLM_ALLOW_RUNTIME_LORA_UPDATING", "True")
    monkeypatch.delenv("VLLM_API_KEY", raising=False)
    open_store(tmp_path / "events.sqlite3").close()
    made = open_registry(tmp_path / "adapters")
    for passed in (True, True, False):
        made.add(lambda folder: (folder / "adapter").write_text("x") and None, {}, {"passed": passed})
    ADMITTED.refused.clear()
    return made


def served(**options: Any) -> StandIn:
    return StandIn(engine=Engine(lora=object()), **options)


def model(stand_in: StandIn, name: str | None = "smollm2", key: str | None = None) -> tuple[int, Any, str]:
    """Status, model and adapter version of one request."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    body = {"messages": [{"role": "user", "content": "안녕하세요"}]} | ({} if name is None else {"model": name})
    reply = stand_in.ask(body, headers=headers)
    if reply.status_code != 200:
        return reply.status_code, reply.json()["error"]["message"], ""
    return 200, reply.json()["model"], stand_in.seen[-1]["vllm_xargs"]["guard_adapter"]


def test_the_models_own_name_means_the_current_version_and_moves_without_a_restart(registry: StoredRegistry) -> None:
    stand_in = served()
    assert model(stand_in) == (200, "smollm2", "base")
    for version in ("v0001", "v0002", "v0001"):
        registry.promote(version)
        assert model(stand_in) == (200, f"smollm2@{version}", version)
    assert model(stand_in, "alias") == (200, "smollm2@v0001", "v0001")  # one name for each version, one prefix cache
    assert model(stand_in, None) == (200, "smollm2@v0001", "v0001")
    registry.promote("base")
    assert model(stand_in) == (200, "smollm2", "base")


def test_a_name_may_pin_a_version(registry: StoredRegistry) -> None:
    registry.promote("v0002")
    stand_in = served()
    assert model(stand_in, "smollm2@v0001") == (200, "smollm2@v0001", "v0001")
    assert model(stand_in, "alias@v0001") == (200, "smollm2@v0001", "v0001")
    assert model(stand_in, "smollm2@base") == (200, "smollm2", "base")
    assert model(stand_in, "other@v0001") == (200, "other@v0001", "base")  # vLLM says that there is none
    assert model(stand_in, "smollm2@v0009")[0] == 404


def test_what_the_gate_refused_is_for_the_admin_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLPO_GUARD_ADMIN_KEY", ADMIN)
    stand_in = served()
    unknown = model(stand_in, "smollm2@v0009")
    assert model(stand_in, "smollm2@v0003") == (404, str(unknown[1]).replace("v0009", "v0003"), "")
    assert "v0003" not in ADMITTED.refused
    assert model(stand_in, "smollm2@v0003", ADMIN) == (200, "smollm2@v0003", "v0003")
    assert "v0003" in ADMITTED.refused
    assert model(stand_in, "smollm2@v0003")[0] == 404


def test_where_keys_have_names_only_those_that_may_name_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.toml"
    entries = [("plain", KEY, "false"), ("pins", f"{KEY}-2", "true")]
    tables = (f'[[keys]]\nname = "{n}"\nhash = "{key_hash(key)}"\nmay_pin = {may}\n' for n, key, may in entries)
    file.write_text("\n".join(tables))
    monkeypatch.setenv("TLPO_GUARD_KEYS_FILE", str(file))
    stand_in = served()
    assert model(stand_in, "smollm2@v0001", f"{KEY}-2") == (200, "smollm2@v0001", "v0001")
    for key in (KEY, None):
        status, message, _ = model(stand_in, "smollm2@v0001", key)
        assert status == 403 and "--may-pin" in message
        assert model(stand_in, "smollm2@v0009", key)[0] == 403  # nothing shows which versions there are


def test_a_version_that_cannot_be_loaded_or_read_leaves_the_one_before(
    registry: StoredRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    models = Models(broken={"smollm2@v0002"})
    stand_in = served(models=models)
    registry.promote("v0001")
    assert model(stand_in)[2] == "v0001"
    registry.promote("v0002")
    with caplog.at_level(logging.ERROR):
        assert [model(stand_in)[2] for _ in range(3)] == ["v0001"] * 3
    assert [r.message for r in caplog.records].count("adapter version v0002 cannot be loaded; staying with v0001") == 1
    (registry.root / "CURRENT").write_text("nonsense")
    assert model(stand_in)[2] == "v0001"


@pytest.mark.parametrize("missing", ["--enable-lora", "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"])
def test_without_what_vllm_needs_the_base_answers_and_the_log_says_what_to_do(
    missing: str, registry: StoredRegistry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    registry.promote("v0001")
    stand_in = served()
    if missing == "--enable-lora":
        stand_in.engine.vllm_config.lora_config = None
    else:
        monkeypatch.delenv("VLLM_ALLOW_RUNTIME_LORA_UPDATING")
    assert model(stand_in) == (200, "smollm2", "base")
    assert missing in caplog.text
    assert model(stand_in, "smollm2@v0001")[0] == 404


def test_versions_that_nobody_asks_for_are_unloaded(registry: StoredRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    from tlpo_guard.integrations.vllm.front import versions

    clock = [1_000.0]
    monkeypatch.setattr(versions.time, "monotonic", lambda: clock[0])
    registry.promote("v0002")
    stand_in = served()
    assert model(stand_in, "smollm2@v0001")[0] == 200
    model(stand_in)
    stand_in.models.lora_requests.setdefault("smollm2@v0001", type("Lora", (), {"lora_name": "x", "lora_int_id": 7}))
    clock[0] += 300
    model(stand_in)
    assert "smollm2@v0001" in stand_in.models.lora_requests
    clock[0] += 400
    model(stand_in)
    assert set(stand_in.models.lora_requests) == {"smollm2@v0002"} and stand_in.engine.removed == [7]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("smollm2@v0007", ("smollm2", "v0007")),
        ("org/m@x@base", ("org/m@x", "base")),
        ("smollm2", ("smollm2", None)),
        ("smollm2@v7", ("smollm2@v7", None)),
        ("smollm2@../v0001", ("smollm2@../v0001", None)),
    ],
)
def test_names_say_which_version(name: str, parts: tuple[str, str | None]) -> None:
    assert split_name(name) == parts
    assert version_name("m", "base") == "m" and version_name("m", "v0001") == "m@v0001"


def test_no_key_but_the_admins_loads_other_adapters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLPO_GUARD_ADMIN_KEY", ADMIN)
    stand_in = served()
    wanted = {"lora_name": "smollm2@v0001", "lora_path": "/elsewhere"}
    refused = stand_in.ask(wanted, path="/v1/load_lora_adapter", headers={"Authorization": f"Bearer {KEY}"})
    assert refused.status_code == 403 and "TLPO_GUARD_ADMIN_KEY" in refused.json()["error"]["message"]
    assert not stand_in.seen
    stand_in.ask(wanted, path="/v1/load_lora_adapter", headers={"Authorization": f"Bearer {ADMIN}"})
    assert stand_in.seen == [wanted]
