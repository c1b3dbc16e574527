"""Who is signed in: a signed cookie that ends, and a token that only our own pages know."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

__all__ = ["COOKIE", "SECONDS", "Sessions"]

COOKIE = "tlpo_guard_session"
SECONDS = 8 * 3600  # that a session lasts


class Sessions:
    """Sessions of one server process; they end with it.

    A cookie is `expires.nonce.signature`, so that nothing is kept but those that were ended early.

    Args:
        now: Unix time.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._secret = secrets.token_bytes(32)
        self._ended: dict[str, float] = {}  # cookie -> when it would have expired

    def begin(self) -> str:
        """The cookie of a new session."""
        content = f"{int(self._now()) + SECONDS}.{secrets.token_urlsafe(18)}"
        return f"{content}.{self._sign('session', content)}"

    def is_valid(self, cookie: str | None) -> bool:
        """Whether a cookie is of a session that has not ended."""
        content, _, signature = (cookie or "").rpartition(".")
        if not hmac.compare_digest(self._sign("session", content).encode(), signature.encode()):
            return False
        return int(content.partition(".")[0]) > self._now() and cookie not in self._ended

    def end(self, cookie: str) -> None:
        """End a session that is valid."""
        now = self._now()
        self._ended = {ended: expires for ended, expires in self._ended.items() if expires > now}
        self._ended[cookie] = float(cookie.partition(".")[0])

    def csrf_token(self, cookie: str) -> str:
        """What a page of this session sends along with everything that it changes."""
        return self._sign("csrf", cookie)

    def is_own(self, cookie: str, token: str) -> bool:
        """Whether a token is of a page of this session."""
        return hmac.compare_digest(self.csrf_token(cookie).encode(), token.encode())

    def _sign(self, purpose: str, content: str) -> str:
        return hmac.new(self._secret, f"{purpose}:{content}".encode(), hashlib.sha256).hexdigest()
