"""What a request costs all others: the event loop's longest stall."""

from pathlib import Path

from benchmarks.loop_lag import measure
from tests.server.conftest import start

PROBED = "from benchmarks.loop_lag import install; install()"
BAR = 0.020  # seconds


def test_ten_new_languages_hold_up_no_stream(tmp_path: Path, model_cache: Path) -> None:
    server = start(tmp_path / "data", model_cache, "--max-concurrent", "32", prelude=PROBED)
    try:
        lag = measure(server.url, server.key)
    finally:
        server.kill()
    assert lag.worked > 0.5  # tables were made, and not on the loop
    assert max(lag.computed, lag.held) <= BAR, lag
