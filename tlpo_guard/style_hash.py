"""A style sheet's hash, by which a strict content security policy lets it into a page."""

import hashlib
from base64 import b64encode

__all__ = ["style_hash"]


def style_hash(sheet: str) -> str:
    """As a policy names it: `sha256-` and the digest."""
    return f"sha256-{b64encode(hashlib.sha256(sheet.encode()).digest()).decode()}"
