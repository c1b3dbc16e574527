"""Who asks: the name that events are logged under, and what its key allows."""

import os
from collections.abc import Mapping

from tlpo_guard.keys import Key, given_key, key_hash, read_entries
from tlpo_guard.settings import Settings

__all__ = ["Callers", "checks_keys"]

_SHOWN = 12  # hexadecimal digits of the hash of a key without a name


class Callers:
    """The keys of the settings' `keys_file` and the `admin_key`. vLLM lets keys in, or refuses them; here they get their names.

    Raises:
        ConfigurationError: a keys file that cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        entries = read_entries(settings.keys_file) if settings.keys_file else []
        self._keys = {entry.hash: entry.key for entry in entries}
        if settings.admin_key is not None:
            secret = settings.admin_key.get_secret_value()
            self._keys[key_hash(secret)] = Key("admin", may_pin=True, admin=True)
        self._named = bool(entries)

    def of(self, headers: Mapping[str, str], *, checked: bool) -> Key:
        """Whose key a request has.

        A key in no file is named by its hash where vLLM checks keys. Where it does not, anybody could call themselves anything,
        and nobody has a name.

        Args:
            headers: by their names in lower case.
            checked: whether vLLM refuses keys that it does not know.
        """
        given = given_key(headers)
        hashed = None if given is None else key_hash(given)
        if hashed is not None and (known := self._keys.get(hashed)):
            return known
        if checked and hashed is not None:
            return Key(f"key-{hashed.removeprefix('sha256:')[:_SHOWN]}")
        return Key("", may_pin=not self._named)


def checks_keys(arguments: object) -> bool:
    """Whether vLLM's server was given keys, by `--api-key` or by its variable.

    Args:
        arguments: of its command line, parsed.
    """
    return bool(getattr(arguments, "api_key", None) or os.environ.get("VLLM_API_KEY"))
