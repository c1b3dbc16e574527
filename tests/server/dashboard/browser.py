"""Real Chromium, where it is installed, and what it is asked in these tests."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

__all__ = ["ADMIN_KEY", "PICTURES", "chromium", "picture", "problems", "signed_in"]

ADMIN_KEY = "admin-key-of-the-tests"
PICTURES = os.environ.get("TLPO_GUARD_PICTURES")  # a folder for them, such as docs/pictures
# A container has no user namespaces for the sandbox and a small /dev/shm; the other flags keep the browser from calling home.
_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def chromium() -> Iterator["Browser"]:
    """The browser; skips where it or Playwright is not installed."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: pip install playwright"
    )
    pytest.importorskip("axe_playwright_python", reason="axe is not installed: pip install axe-playwright-python")
    found = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=found, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def signed_in(browser: "Browser", url: str, key: str = ADMIN_KEY, **options: Any) -> Iterator["Page"]:
    """A page of a session. Nothing may leave the machine, no script may fail, and the policy of the page may not be broken."""
    context: BrowserContext = browser.new_context(**options)
    wrong: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: request.url.startswith((url, "data:", "blob:")) or wrong.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
    try:
        page.goto(f"{url}/dashboard")
        page.get_by_label("Admin key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{url}/dashboard")
        yield page
        assert wrong == []
    finally:
        context.close()


def problems(page: "Page") -> list[str]:
    """What axe finds on a page, as lines."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]} ({node['failureSummary'][:200]})" for one in found for node in one["nodes"]
    ]


def picture(shown: "Page | Locator", name: str) -> None:
    """A picture of a page or a part of one for the documentation, where a folder for them was named."""
    if PICTURES:
        folder = Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        whole = {} if hasattr(shown, "element_handle") else {"full_page": True}
        shown.screenshot(path=folder / f"{name}.png", **whole)
