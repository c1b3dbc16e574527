"""Text as it may be sent."""

from hypothesis import given
from hypothesis import strategies as st

from server.generation.text import AnswerText
from tests.examples import examples

texts = st.text(alphabet="ab é漢🙂\n", max_size=40)


@examples(400)
@given(texts, st.lists(st.text(alphabet="ab é漢", min_size=1, max_size=4), max_size=3), st.data())
def test_what_is_sent_is_the_text_up_to_the_first_stop_however_it_is_cut(
    text: str, stops: list[str], data: st.DataObject
) -> None:
    raw = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    answer, sent, infos = AnswerText(stops), "", []
    for number, piece in enumerate(pieces):
        ready, tokens = answer.feed(number, piece, None)
        sent += ready
        infos += tokens
        assert text.startswith(sent)
        if answer.stopped:
            break
    ready, tokens = answer.close()
    sent, infos = sent + ready, infos + tokens
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    earliest = min(ends, default=len(text))
    # With several stops the one that is complete first wins: nothing behind the earliest begin is ever sent.
    assert sent == text[: len(sent)]
    assert len(sent) <= earliest if not ends else any(sent == text[:at] for at in ends)
    assert not any(stop in sent for stop in stops)
    assert [info.token_id for info in infos] == sorted({info.token_id for info in infos})
    if not ends:
        assert sent == text
        assert b"".join(info.data for info in infos) == raw


def test_stop_sequences_count_behind_the_least_length() -> None:
    text = AnswerText(["b"], unstopped=2)
    parts = [text.feed(number, data, None)[0] for number, data in enumerate((b"ab", b"b", b"ac", b"ab", b"d"))]
    assert parts == ["ab", "b", "ac", "a", ""]
    assert text.stopped


def test_an_answer_that_is_cut_inside_a_character_ends_before_it() -> None:
    text = AnswerText([])
    pieces = ["가".encode(), b"\xff", "나".encode()[:2]]
    sent = "".join(text.feed(number, piece, None)[0] for number, piece in enumerate(pieces))
    assert (sent + text.close()[0], text.stopped) == ("가\ufffd", False)
