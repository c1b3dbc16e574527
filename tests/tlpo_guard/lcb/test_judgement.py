"""The Language Confusion Benchmark's metrics, by its definition."""

import csv
import gzip
from pathlib import Path

import pytest

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.lcb import Judgement, english_words, judge, rates
from tlpo_guard.lcb.judgement import checked_lines
from tlpo_guard.lcb.outputs import FIELDS, read_completions

ENGLISH = frozenset({"weather", "report", "city"})
DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.mark.parametrize(
    ("language", "completion", "judgement"),
    [
        ("de", "Das Wetter ist heute in der Stadt schön.", Judgement(True, None)),
        (
            "de",
            "Das Wetter ist heute in der Stadt schön.\nThe weather is nice in the city today.",
            Judgement(False, None),
        ),
        ("de", "Kurz und gut.", Judgement(None, None)),
        ("ru", "Сегодня в городе очень хорошая погода.", Judgement(True, True)),
        ("ru", "Сегодня в городе очень хорошая weather и тепло.", Judgement(True, False)),
        ("ru", "Сегодня в городе очень хорошая Weather и тепло.", Judgement(True, True)),
        ("ru", "Сегодня в городе очень хорошая погода.\nweather report", Judgement(True, True)),
        ("ru", "Сегодня в городе очень хорошая погода.\nQ: The weather is nice in the city.", Judgement(True, True)),
        ("ko", "오늘은 날씨가 아주 맑고 따뜻합니다.", Judgement(True, True)),
        ("zh", "今天天气很好，我们去公园散步，然后一起吃饭。", Judgement(True, True)),
        ("zh", "今天天气很好，我们去公园散步，然后看 weather 预报。", Judgement(True, False)),
        ("ja", "今日はとてもいい天気なので、公園を散歩しましょう。", Judgement(True, True)),
        ("ja", "今天天气很好，我们去公园散步，然后一起吃饭。", Judgement(False, None)),
        ("ar", "الطقس اليوم جميل جدا في المدينة.", Judgement(True, True)),
    ],
)
def test_completions(language: str, completion: str, judgement: Judgement) -> None:
    assert judge(completion, language, ENGLISH) == judgement


def test_lines_lose_punctuation_and_short_ones_do_not_count() -> None:
    lines = [line for line, _ in checked_lines("a, b—c: (d) «e»! f\n1 2 3 4\n\none two three four five", "de")]
    assert lines == ["a b c d «e» f", "one two three four five"]


def test_averages_are_over_sources_then_languages() -> None:
    passed, failed, english = Judgement(True, True), Judgement(False, None), Judgement(True, False)
    rows = [
        (("mono", "a", "ru"), passed, True),
        (("mono", "a", "ru"), failed, False),
        (("mono", "b", "ru"), english, True),
        (("mono", "b", "ru"), Judgement(None, None), True),
        (("mono", "a", "de"), Judgement(True, None), False),
    ]
    found = rates(rows)
    assert (found["mono", "a", "ru"].lpr, found["mono", "a", "ru"].wpr, found["mono", "a", "ru"].rpr) == (50, 100, 50)
    assert (found["mono", "b", "ru"].lpr, found["mono", "b", "ru"].wpr, found["mono", "b", "ru"].completions) == (
        100,
        0,
        2,
    )
    assert (found["mono", "", "ru"].lpr, found["mono", "", "ru"].wpr) == (75, 50)
    assert (found["mono", "", ""].lpr, found["mono", "", ""].wpr, found["mono", "", ""].completions) == (87.5, 50, 5)
    assert found["mono", "a", "de"].wpr is None


def test_english_words_of_a_file_and_by_default(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text("A\nA's\nThe\nthe\nweather\nWeather\ncity's\n")
    assert english_words(path) == {"weather", "city's"}
    assert {"weather", "report"} <= english_words() and "the" not in english_words()
    with pytest.raises(ConfigurationError, match="none cannot be read"):
        english_words(tmp_path / "none")


def test_completions_are_read_plain_and_gzipped(tmp_path: Path) -> None:
    rows = [dict(zip(FIELDS, ("1", "m", "zwei\nZeilen, „hier“", "mono", "a", "de"), strict=True))]
    plain, packed = tmp_path / "o.csv", tmp_path / "o.csv.gz"
    with plain.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        (found,) = read_completions(path)
        assert (found.completion, found.language) == ("zwei\nZeilen, „hier“", "de")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"id,completion\n1,x\n", "no column 'language'"),
        ("a.csv", b"\xff\xfe\xfa,completion\n", "cannot be read as CSV"),
        ("a.csv.gz", b"no archive", "cannot be read as CSV"),
    ],
)
def test_files_that_hold_no_completions(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        list(read_completions(tmp_path / name))


@pytest.mark.skipif(
    not (DATA / "lcb" / "pass_rates.csv").exists(), reason="the benchmark's data is not beside the project"
)
def test_the_published_rates_of_one_model() -> None:
    with (DATA / "lcb" / "pass_rates.csv").open() as file:
        published = {
            r["language"]: float(r["percent"])
            for r in csv.DictReader(file)
            if (r["model"], r["task"], r["metric"]) == ("gpt-4-turbo", "monolingual", "lpr")
        }
    tags = {"German": "de", "Korean": "ko", "Russian": "ru", "Turkish": "tr", "Vietnamese": "vi", "Chinese": "zh"}
    english = english_words(DATA / "lcb" / "words")
    rows = read_completions(DATA / "lcb" / "outputs" / "gpt-4-turbo.csv.gz")
    found = rates(((r.task, r.source, r.language), judge(r.completion, r.language, english), True) for r in rows)
    for name, tag in tags.items():
        assert found["monolingual", "", tag].lpr == pytest.approx(published[name], abs=1.0)
