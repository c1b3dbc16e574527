"""The browser that looks at the dashboard."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with chromium() as started:
        yield started
