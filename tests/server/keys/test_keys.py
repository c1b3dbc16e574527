"""Bearer keys, and the command that makes them."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.errors import RefusalError
from server.http.errors import ApiError
from server.keys.ring import KeyRing
from tests.processes import run_cli
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.keys import Key, given_key, key_hash, read_entries
from tlpo_guard.policy import Mode
from tlpo_guard.settings import load_settings


def keys(*arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    done = run_cli("keys", *arguments)
    if check:
        done.check_returncode()
    return done


def refused(ring: KeyRing, key: str | None, *, admin: bool = False) -> tuple[int, str | None]:
    with pytest.raises(RefusalError) as caught:
        (ring.authorize_admin if admin else ring.authenticate)(key)
    return ApiError.of(caught.value).status, caught.value.code


def test_a_key_is_shown_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    made = keys("add", "team-a", "--file", str(file), "--languages", "ko,vi", "--guard-mode", "rewind", "--strict")
    key = made.stdout.strip()
    assert key.startswith("tg-") and key not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    ring = KeyRing.load(load_settings(keys_file=file))
    expected = Key("team-a", ("ko", "vi"), Mode.REWIND, False, None)
    assert ring.authenticate(key) == expected
    assert refused(ring, f"{key}x") == refused(ring, None) == refused(ring, "") == (401, "invalid_api_key")
    assert "team-a" in keys("list", "--file", str(file)).stdout
    again = keys("add", "team-a", "--file", str(file), check=False)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    keys("remove", "team-a", "--file", str(file))
    assert read_entries(file) == []


def test_keys_that_are_added_at_once_are_all_kept(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: keys("add", f"k{i}", "--file", str(file)), range(6)))
    assert {entry.name for entry in read_entries(file)} == {f"k{i}" for i in range(6)}


def test_without_keys_everybody_comes_in_and_admin_stays_closed() -> None:
    ring = KeyRing.load(load_settings())
    assert ring.authenticate(None).name == ""
    assert refused(ring, "x", admin=True) == (403, "admin_disabled")


@pytest.mark.parametrize("name", ["api_key", "admin_key"])
@pytest.mark.parametrize(
    "secret", ["", " ", "\n", "short", "fifteen-letters", " " * 20, "sixteen letters here", "ünïcödé-ünïcödé-"]
)
def test_a_secret_that_is_blank_or_easy_to_guess_is_refused_at_start(name: str, secret: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}: must have 16 or more printable") as caught:
        load_settings(**{name: secret})
    assert not secret.strip() or secret not in str(caught.value)


def test_an_admin_key_that_the_environment_leaves_empty_opens_nothing() -> None:
    done = run_cli("serve", "--port", "0", env={**os.environ, "TLPO_GUARD_ADMIN_KEY": ""})
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "admin_key: must have 16" in done.stderr


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, None),
        ({"authorization": ""}, None),
        ({"authorization": "Bearer"}, None),
        ({"authorization": "Bearer "}, None),
        ({"authorization": "Basic abc"}, None),
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"x-api-key": "abc"}, "abc"),
        ({"x-api-key": " "}, None),
        ({"authorization": "Bearer abc", "x-api-key": "other"}, "abc"),
        ({"authorization": "Basic abc", "x-api-key": "other"}, "other"),
    ],
)
def test_a_key_comes_as_a_bearer_token_or_in_a_header_of_its_own(headers: dict[str, str], key: str | None) -> None:
    assert given_key(headers) == key


def test_the_key_of_the_settings_names_no_versions_but_the_admin_key_does() -> None:
    ring = KeyRing.load(load_settings(api_key="a-key-of-clients", admin_key="a-key-of-the-operator"))
    assert not ring.authenticate("a-key-of-clients").may_pin
    assert ring.authenticate("a-key-of-the-operator").may_pin


def test_the_admin_key_is_another_one() -> None:
    ring = KeyRing.load(load_settings(api_key="a-key-of-clients", admin_key="a-key-of-admins!"))
    ring.authorize_admin("a-key-of-admins!")
    assert refused(ring, "a-key-of-clients", admin=True) == (403, "not_admin")
    assert refused(ring, "no", admin=True) == (401, "invalid_api_key")
    assert ring.authenticate("a-key-of-admins!").admin and not ring.authenticate("a-key-of-clients").admin
    assert ring.authenticate("a-key-of-clients").name == "default"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[keys", "cannot be read"),
        ("[[keys]]\nname = 'a'\nhash = 'sha256:zz'\n", "key 1, hash"),
        ("[[keys]]\nname = 'A b'\nhash = 'sha256:" + "0" * 64 + "'\n", "key 1, name"),
        ("[[keys]]\nname = 'a'\nhash = 'sha256:" + "0" * 64 + "'\nlanguages = ['klingon!']\n", "key 1, languages"),
        ("[[keys]]\nname = 'a'\nhash = 'sha256:" + "0" * 64 + "'\nsecret = 'x'\n", "key 1, secret"),
        ("[[keys]]\nname = 'a'\nhash = 'sha256:" + "0" * 64 + "'\n" * 2, "cannot be read"),
        (f"[[keys]]\nname = 'a'\nhash = '{key_hash('')}'\n", "hash of an empty key"),
        ("other = 1\n", "[[keys]] tables only"),
    ],
)
def test_a_bad_file_is_told_by_entry_and_field_and_without_its_hashes(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        KeyRing.load(load_settings(keys_file=file))
    assert told in str(caught.value) and str(file) in str(caught.value)
    assert "0" * 64 not in str(caught.value)
