"""A real distillation, watched in real Chromium: how far it is, and the confusion that falls when its adapter is served."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.processes import start_cli
from tests.server.conftest import Server, start
from tests.server.dashboard.browser import ADMIN_KEY, picture, problems, signed_in
from tlpo_guard.tour.prompts import held_out_prompts, training_prompts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LANGUAGES = ("ko", "ru")
TOGETHER = 8  # requests at a time
LESSON, EXAM = 24, 12  # questions in each language
LITTLE = {  # a short training, and no more measured than the gate asks for
    "SELECTION__MIN_EVENTS": "16",
    "TRAINING__MAX_STEPS": "6",
    "TRAINING__POINTS_PER_STEP": "24",
    "EVALUATION__PROMPTS_PER_LANGUAGE": "6",
    "EVALUATION__ANSWERS_PER_PROMPT": "2",
    "EVALUATION__WATCHED_PER_LANGUAGE": "0",
    "ANCHORS__ANSWERS": "16",
}

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_800)]


@pytest.fixture(scope="module")
def server(browser: "Browser", tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Server]:
    running = start(tmp_path_factory.mktemp("distillation"), model_cache, "--admin-key", ADMIN_KEY, "--strict")
    yield running
    running.stop()


def ask(server: Server, questions: list[tuple[str, str]]) -> None:
    """Questions with their languages, some at a time; each has the same seed whenever it is asked."""
    client = server.client()

    def one(question: tuple[str, str]) -> None:
        language, text = question
        client.chat.completions.create(
            model="smollm2",
            messages=[{"role": "user", "content": text}],
            max_tokens=32,
            seed=0,
            temperature=0.6,
            extra_body={"guard": {"mode": "mask", "languages": [language]}},
        )

    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(one, questions))


def lines(page: "Page", chart: str) -> dict[str, list[tuple[int, float]]]:
    """What a chart of the overview has drawn: times and values of each line."""
    read = """name => {
        const { data, series } = tlpoCharts.get(document.querySelector(`[data-chart="${name}"]`));
        const known = (row) => data[0].map((time, point) => [time, data[row + 1][point]]).filter((one) => one[1] !== null);
        return series.slice(1).map((one, row) => [one.label, known(row)]);
    }"""
    return {label: [(time, value) for time, value in points] for label, points in page.evaluate(read, chart)}


def minute() -> None:
    """Wait for the next one: a point of the chart is a minute."""
    time.sleep(60 - time.time() % 60)


def of_languages(prompts: Callable[[str], list[str]], each: int) -> list[tuple[str, str]]:
    return [(language, text) for language in LANGUAGES for text in prompts(language)[:each]]


def awaited(server: Server, version: str) -> str:
    """What the server answers with, once it is a version or a minute is over."""
    end = time.monotonic() + 60
    while (serving := str(httpx.get(f"{server.url}/health").json()["adapter"])) != version and time.monotonic() < end:
        time.sleep(0.2)
    return serving


def test_a_distillation_is_watched_and_the_chart_falls_when_its_adapter_is_served(
    browser: "Browser", server: Server
) -> None:
    exam = of_languages(held_out_prompts, EXAM)
    ask(server, of_languages(training_prompts, LESSON))
    minute()
    ask(server, exam)
    environment = os.environ | {f"TLPO_GUARD_DISTILL_{name}": value for name, value in LITTLE.items()}
    run = start_cli("distill", "--data-dir", str(server.data_dir), env=environment, merge=True)
    with signed_in(browser, server.url, viewport={"width": 1280, "height": 900}) as page:
        page.get_by_text("A distillation is under way").wait_for(timeout=120_000)
        page.get_by_role("link", name="Watch it").click()
        page.get_by_text("Training: step 3 of 6").wait_for(timeout=600_000)
        under_way = page.locator("#run")
        assert under_way.get_by_label("Training").get_attribute("value") == "3"
        assert "left" in under_way.locator("#time-left").inner_text()
        shown = under_way.inner_text()
        assert "Confusion mass at trained points" in shown and "KL to the base" in shown
        page.wait_for_function("() => [...tlpoCharts.values()].some((plot) => plot.data[0].length >= 3)")
        assert problems(page) == []
        picture(page, "distillation")
        text, _ = run.communicate(timeout=600)
        assert run.returncode == 0, text
        page.get_by_text("No distillation is under way").wait_for(timeout=10_000)
        assert awaited(server, "v0001") == "v0001"
        for _ in range(2):
            minute()
            ask(server, exam)
        time.sleep(5)  # until the sums are written
        page.goto(f"{server.url}/dashboard?range=hour")
        page.wait_for_function("() => window.tlpoCharts?.size === 5")
        points = lines(page, "mass")["ko"]
        assert 0 < points[-1][1] < points[0][1] / 2, points
        assert page.get_by_role("rowheader", name="v0001").count() == 1
        picture(page, "overview")
