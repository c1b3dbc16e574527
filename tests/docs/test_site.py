"""The documentation as a site, and its language."""

import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import mean

import pytest

from tests.docs.blocks import ROOT, pages

MOST_WORDS = 25  # of a sentence, on average
PAGES = [*pages(), ROOT / "README.md"]
_CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_ASIDE = re.compile(r"^ *(?:\||#|!|<).*$|^---$", re.MULTILINE)  # tables, headings, pictures, HTML
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ITEM = re.compile(r"^ *(?:[-*]|\d+\.) +", re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="the extra [docs] is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return folder


def test_the_site_is_built_without_a_warning_and_has_the_code_in_it(site: Path) -> None:
    reference = {
        name: (site / "reference" / f"{name}.html").read_text() for name in ("cli", "http", "settings", "python")
    }
    assert "--fail-on-drift" in reference["cli"] and "adapters rollback" in reference["cli"]
    assert "/v1/chat/completions" in reference["http"] and "/admin/events" in reference["http"]
    assert "TLPO_GUARD_DISTILL_GATE__MAX_ENGLISH_KL" in reference["settings"]
    assert "retention_days" in reference["settings"] and "age at which events are deleted" in reference["settings"]
    assert "tlpo_guard.scan.scanner.Scanner" in reference["python"]
    assert "<math" in (site / "how" / "tlpo.html").read_text()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text()
        assert re.findall(r"<(?:script|img|iframe)[^>]+src=\"?(?:https?:)?//[^\" >]+", text) == [], page.name
        assert re.findall(r"<link[^>]+rel=\"?(?:stylesheet|preconnect)[^>]+href=\"?(?:https?:)?//", text) == [], (
            page.name
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_sentences_are_short(page: Path) -> None:
    pysbd = pytest.importorskip("pysbd", reason="the extra [docs] is not installed")
    text = _ITEM.sub("\n\n", _ASIDE.sub("\n\n", _CODE.sub("\n\n", page.read_text())))
    text = _LINK.sub(r"\1", text).replace("`", "").replace("**", "")
    segment = pysbd.Segmenter(language="en", clean=False).segment
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    lengths = [len(sentence.split()) for part in paragraphs if part for sentence in segment(part)]
    if lengths:
        assert mean(lengths) <= MOST_WORDS, f"{mean(lengths):.1f} words"
