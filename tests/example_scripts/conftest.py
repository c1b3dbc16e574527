"""The server of the tests, for what stands in front of one."""

from tests.server.conftest import server

__all__ = ["server"]
