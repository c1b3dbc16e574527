"""The dashboard in real Chromium, over the real server, the real model and real events."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.server.conftest import Server, start_small
from tests.server.dashboard.browser import ADMIN_KEY, PICTURES, picture, problems, signed_in
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.registry import PAGE, open_registry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

QUESTION = "스트레스를 다루는 가장 효과적인 방법은 무엇인가요?"
HOSTILE = (
    '<script>window.broken=1</script><img src=x onerror="window.broken=1">"\'><style>*{display:none}</style>'
    "\u202eevil\u2066\x07"
)
# Of a canary, so that nobody waits for a minute.
SHORT_TURNS = "import tlpo_guard.registry.canary as canary\ncanary._TURN_SECONDS = 1"
PAGES = ("", "/events", "/versions", "/versions/v0001", "/users", "/playground")


@pytest.fixture(scope="module")
def server(browser: "Browser", tmp_path_factory: pytest.TempPathFactory, small_model: Path) -> Iterator[Server]:
    """A server that has answered: events of two users, one version that passed the gate and one that did not."""
    flags = ("--admin-key", ADMIN_KEY, "--strict", *(("--model", "smollm2") if PICTURES else ()))
    running = start_small(tmp_path_factory.mktemp("dashboard"), small_model, *flags, prelude=SHORT_TURNS)
    try:
        for user, seed in (("ann", 1), ("ann", 2), ("bob", 3)):
            ask(running, user, seed)
        add_versions(running)
        yield running
    finally:
        running.stop()


@pytest.fixture
def page(browser: "Browser", server: Server) -> "Iterator[Page]":
    with signed_in(browser, server.url, viewport={"width": 1280, "height": 900}) as opened:
        yield opened


def ask(server: Server, user: str, seed: int) -> None:
    server.client().chat.completions.create(
        model="smollm2",
        messages=[{"role": "user", "content": QUESTION}],
        max_tokens=32,
        seed=seed,
        temperature=1.0,
        user=user,
        extra_body={"guard": {"mode": "mask", "allow_english": False}},
    )


def model_of(server: Server) -> str:
    return "smollm2" if PICTURES else str(server.data_dir / "cache" / "small" / "smollm2")


def add_versions(server: Server) -> None:
    """Adapters that change nothing, with reports as runs write them."""
    import torch
    from peft import LoraConfig, get_peft_model

    from distill.report.page import render_html
    from tlpo_guard.models.load import load_model

    torch.manual_seed(0)
    loaded = load_model(model_of(server), cache_dir=server.data_dir / "cache", device="cpu")
    config = LoraConfig(r=1, target_modules=["q_proj"], task_type="CAUSAL_LM")
    model = get_peft_model(loaded.model, config)
    registry = open_registry(server.data_dir / "adapters")
    for parent, passed in (("base", True), ("v0001", False)):
        after = 0.02 if passed else 0.4
        check = {"name": "confusion mass", "before": 0.31, "after": after, "limit": 0.15, "ok": passed}
        before, later = (
            {"by_language": {"ko": {"confusion_mass": mass, "points": 8, "answers": 8}}} for mass in (0.31, after)
        )
        report = {
            "passed": passed,
            "gate": {"passed": passed, "checks": [check]},
            "before": before,
            "after": later,
            "steps": [{"confusion_mass": 0.3, "kl": 0.0}, {"confusion_mass": 0.1, "kl": 0.2}],
        }
        lineage = {"base_fingerprint": loaded.fingerprint, "parent": parent, "created_at": "2026-11-27T03:00:00+00:00"}

        def write(folder: Path, report: dict[str, Any] = report, lineage: dict[str, Any] = lineage) -> None:
            model.save_pretrained(str(folder))
            (folder / PAGE).write_text(render_html({**report, "lineage": lineage}), encoding="utf-8")

        registry.add(write, lineage, report)


@contextmanager
def signed_in_client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        client.post("/dashboard/login", data={"key": ADMIN_KEY})
        yield client


def stored(server: Server) -> EventStore:
    return EventStore(server.data_dir / "events.sqlite3")


def events(server: Server, **filters: str) -> list[Event]:
    store = stored(server)
    try:
        return list(store.iter(newest_first=True, **filters))  # type: ignore[arg-type]
    finally:
        store.close()


def test_a_stranger_sees_the_sign_in_page_only(server: Server) -> None:
    for path in (*PAGES, "/events/x", "/series", "/users/one?user=ann"):
        answer = httpx.get(f"{server.url}/dashboard{path}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/login")
    assert httpx.post(f"{server.url}/dashboard/versions/base/promote").status_code == 401


def test_what_other_sites_could_send_changes_nothing(server: Server) -> None:
    with httpx.Client(base_url=server.url) as client:
        signed = client.post("/dashboard/login", data={"key": ADMIN_KEY})
        flags = signed.headers["set-cookie"].lower()
        assert "httponly" in flags and "samesite=strict" in flags and "path=/dashboard" in flags
        assert client.get("/dashboard").status_code == 200
        policy = client.get("/dashboard").headers["content-security-policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy
        assert client.post("/dashboard/versions/base/pin").status_code == 403
        assert client.post("/dashboard/users/delete", data={"user": "ann", "csrf": "0" * 64}).status_code == 403
        foreign = {"Origin": "https://evil.example"}
        assert client.post("/dashboard/login", data={"key": ADMIN_KEY}, headers=foreign).status_code == 403
        token = re.search(r'name="csrf-token" content="(\w+)"', client.get("/dashboard").text)
        assert token is not None
        cookie = client.cookies["tlpo_guard_session"]
        assert client.post("/dashboard/logout", data={"csrf": token[1]}).status_code == 303
        again = httpx.get(f"{server.url}/dashboard", cookies={"tlpo_guard_session": cookie})
        assert again.status_code == 303
    assert open_registry(server.data_dir / "adapters").pointers().pinned is None
    wrong = httpx.post(f"{server.url}/dashboard/login", data={"key": "secret-of-the-tests"})
    assert wrong.status_code == 403 and "not the admin key" in wrong.text


def test_the_overview_shows_what_was_answered(page: "Page", server: Server) -> None:
    page.wait_for_function("() => window.tlpoCharts?.size === 5")
    page.wait_for_function("() => [...tlpoCharts.values()][0].data[1].some((mass) => mass > 0)", timeout=15_000)
    logged = len(events(server))
    assert logged > 0
    page.reload()
    assert page.locator("dt", has_text="Drifts").locator("xpath=../dd").first.inner_text() == f"{logged:,}"


def test_an_event_opens_with_its_text_its_candidates_and_its_claims(page: "Page", server: Server) -> None:
    newest = events(server)[0]
    page.get_by_role("link", name="Events").click()
    page.locator(f"#event-{newest.id}").click()
    assert page.locator("#point").inner_text() != ""
    rows = page.locator("#candidates tbody tr")
    assert rows.count() == len(newest.candidates)
    page.get_by_role("columnheader", name="Now, base").wait_for()
    then, now = (page.locator(f"#candidates tbody tr:first-child td:nth-child({column})") for column in (3, 5))
    assert abs(float(then.inner_text()[:-1]) - float(now.inner_text()[:-1])) <= 2.0  # the same weights said both
    claims = page.get_by_role("region", name="Claims").locator("tbody tr").first
    assert claims.inner_text().startswith("ko")
    assert QUESTION in page.get_by_role("region", name="user, message").inner_text()
    picture(page, "event")


def test_events_are_filtered_and_new_ones_come_by_themselves(page: "Page", server: Server) -> None:
    page.goto(f"{server.url}/dashboard/events")
    page.get_by_label("User").fill("bob")
    page.wait_for_function(
        "() => document.querySelectorAll('#events tbody tr').length === " + str(len(events(server, user="bob")))
    )
    page.get_by_label("Kind").select_option("word")
    page.get_by_text("No event fits.").wait_for()
    page.goto(f"{server.url}/dashboard/events")
    before = len(events(server))
    ask(server, "bob", 4)
    newest = events(server)[0]
    assert len(events(server)) > before
    page.locator(f"#event-{newest.id}").wait_for(timeout=10_000)


def test_a_hostile_answer_is_shown_and_does_nothing(page: "Page", server: Server) -> None:
    model = events(server, user="bob")[0]
    store = stored(server)
    from tlpo_guard.models.load import load_model

    tokenizer = load_model(model_of(server), cache_dir=server.data_dir / "cache", device="cpu").tokenizer
    said = tuple(tokenizer(HOSTILE + "ب" * 10_000, add_special_tokens=False)["input_ids"])
    store.add(
        [replace(model, id="f" * 32, request_id=f"<b>{HOSTILE}", user=HOSTILE, output_ids=said, position=len(said))]
    )
    store.close()
    for path in ("events", "events/" + "f" * 32, "users"):
        page.goto(f"{server.url}/dashboard/{path}")
        assert page.evaluate("window.broken") is None
        assert page.locator("main script, main img, main style").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{server.url}/dashboard/events/" + "f" * 32)
    answer = page.get_by_role("region", name="The answer").inner_text()
    assert "<script>window.broken=1</script>" in answer and "ب" * 10_000 in answer
    assert "U+202E" in answer and "\u202e" not in answer and "\u2066" not in answer


def test_promote_roll_back_pin_and_unpin_do_so(page: "Page", server: Server) -> None:
    registry = open_registry(server.data_dir / "adapters")
    page.goto(f"{server.url}/dashboard/versions")
    picture(page, "versions")
    first, second = (page.locator(f"#version-v000{number}") for number in (1, 2))
    assert "31.0% → 2.0%" in first.inner_text() and "refused by the gate" in second.inner_text()
    first.locator("summary", has_text="Promote").click()
    assert registry.pointers().promoted == "base"  # not before it is confirmed
    first.get_by_role("button", name="Promote v0001").click()
    first.get_by_text("served").wait_for()
    assert registry.pointers().promoted == httpx.get(f"{server.url}/health").json()["adapter"] == "v0001"
    page.locator("summary", has_text="Roll back").click()
    page.get_by_role("button", name="Roll back now").click()
    page.locator("#version-base").get_by_text("served", exact=True).wait_for()
    assert registry.pointers().promoted == "base"
    first.locator("summary", has_text="Pin").click()
    first.get_by_role("button", name="Pin v0001").click()
    page.locator("summary", has_text="Unpin v0001").click()
    assert registry.pointers().pinned == "v0001"
    page.get_by_role("button", name="Unpin", exact=True).click()
    page.locator("#version-base").get_by_text("served", exact=True).wait_for()
    assert registry.pointers().pinned is None
    page.get_by_role("link", name="v0001").first.click()
    assert "met" in page.get_by_role("region", name="The gate's checks").inner_text()
    page.wait_for_function("() => tlpoCharts.size === 1")


def test_a_canary_answers_in_its_turns_and_stands_beside_its_control(page: "Page", server: Server) -> None:
    registry = open_registry(server.data_dir / "adapters")
    page.goto(f"{server.url}/dashboard/versions")
    first = page.locator("#version-v0001")
    first.locator("summary", has_text="Canary").click()
    first.get_by_label("Share of the minutes").select_option("50")
    assert registry.pointers().canary is None  # not before it is confirmed
    first.get_by_role("button", name="Try v0001").click()
    first.get_by_text("canary, 50%").wait_for()
    sides = page.locator("#canary tbody tr")
    end, counts = time.monotonic() + 60, [0, 0]
    while not all(counts) and time.monotonic() < end:
        ask(server, "cleo", 5)
        page.goto(f"{server.url}/dashboard")
        counts = [int(side.locator("td").first.inner_text()) for side in sides.all()]
    assert all(counts) and [side.locator("th").inner_text() for side in sides.all()] == ["v0001 canary", "base control"]
    assert problems(page) == []
    picture(page.locator("#canary"), "canary")
    page.goto(f"{server.url}/dashboard/versions")
    page.locator("summary", has_text="Stop the canary").click()
    page.get_by_role("button", name="Stop v0001").click()
    page.locator("summary", has_text="Stop the canary").wait_for(state="detached")
    assert registry.pointers().canary is None
    assert httpx.get(f"{server.url}/health").json()["adapter"] == "base"


def test_a_runs_report_is_shown_inside_and_can_do_nothing(page: "Page", server: Server) -> None:
    page.goto(f"{server.url}/dashboard/versions/v0001")
    page.get_by_text("Show it here").click()
    report = page.frame_locator("iframe.report")
    report.get_by_text("Passed the gate").wait_for()
    colour = "element => getComputedStyle(element).borderLeftColor"
    assert report.locator(".verdict").evaluate(colour) == "rgb(27, 127, 59)"  # its own sheet holds, by its hash
    bars = report.locator(".plots svg").first
    assert bars.locator("path").nth(1).evaluate("element => getComputedStyle(element).fill") != "rgb(0, 0, 0)"
    with signed_in_client(server) as client:
        policy = client.get("/dashboard/versions/v0001/report").headers["content-security-policy"]
        assert "unsafe" not in policy and policy.endswith("; sandbox")
        assert client.get("/dashboard/versions/v0099/report").status_code == 404


def test_the_playground_streams_three_answers_and_shows_claims(page: "Page", server: Server) -> None:
    page.goto(f"{server.url}/dashboard/playground")
    page.get_by_label("Prompt", exact=True).fill(QUESTION)
    page.get_by_role("region", name="Claims").get_by_text("ko").first.wait_for()
    page.get_by_label("Language", exact=True).fill("ko")
    page.get_by_label("Most tokens").fill("24")
    page.get_by_label("Temperature").fill("1")
    page.get_by_role("button", name="Answer", exact=True).click()
    for way in ("guarded", "unguarded", "before"):
        shown = page.locator(f'[data-way="{way}"]')
        shown.get_by_text(re.compile(r"\d+ tokens, \d+ drifts")).wait_for(timeout=60_000)
        assert shown.locator(".answer").inner_text().strip()
    assert (
        page.locator('[data-way="unguarded"] mark.stays').count() + page.locator('[data-way="guarded"] mark').count()
        > 0
    )
    code = page.locator("#code")
    assert "curl" in code.inner_text() and QUESTION in code.inner_text()
    page.get_by_role("button", name="Copy as Python").click()
    compile(code.inner_text(), "copied.py", "exec")
    picture(page, "playground")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: "Browser", server: Server, theme: str) -> None:
    with signed_in(browser, server.url, color_scheme=theme) as page:
        newest = events(server, user="ann")[0]
        found = {}
        for path in (*PAGES, f"/events/{newest.id}", "/users/one?user=ann"):
            page.goto(f"{server.url}/dashboard{path}")
            found[path] = problems(page)
        wrong = [f"{path}: {line}" for path, lines in found.items() for line in lines]
    assert not wrong, "\n".join(wrong)


def test_a_phone_shows_all_of_a_page_and_the_theme_can_be_chosen(browser: "Browser", server: Server) -> None:
    with signed_in(browser, server.url, viewport={"width": 360, "height": 740}, color_scheme="light") as page:
        for path in (*PAGES, f"/events/{events(server)[0].id}"):
            page.goto(f"{server.url}/dashboard{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Theme").click()
        page.get_by_role("button", name="Theme").click()
        page.reload()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        picture(page, "phone-dark")


def test_the_keyboard_is_enough(page: "Page", server: Server) -> None:
    page.goto(f"{server.url}/dashboard/versions")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    summary = page.locator("#version-v0001 summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#version-v0001 details[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#version-v0001 details[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_deletion_deletes(page: "Page", server: Server) -> None:
    held = len(events(server, user="ann"))
    assert held > 0
    page.goto(f"{server.url}/dashboard/users")
    page.get_by_role("link", name="ann").click()
    page.locator("summary", has_text="Delete what is held").click()
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_text(f"{held} events were deleted").wait_for()
    assert events(server, user="ann") == [] and events(server, user="bob")
