"""Which tokens are kept and shared; no model."""

import pytest

from server.engines.llama_cpp.kept import KeptTokens

PROMPT = list(range(100))


class Memory:
    """Sequences as lists of positions, as libllama has them."""

    def __init__(self) -> None:
        self.sequences: dict[int, int] = {}
        self.moved: list[int] = []

    def copy(self, source: int, target: int, length: int) -> None:
        assert self.sequences[source] >= length and not self.sequences.get(target)
        self.sequences[target] = length

    def cut(self, sequence: int, length: int) -> None:
        self.sequences[sequence] = min(self.sequences.get(sequence, 0), length)

    def keep_only(self, sequence: int) -> bool:
        self.sequences = {sequence: self.sequences[sequence]}
        self.moved.append(sequence)
        return True

    def clear(self) -> None:
        self.sequences = {}


def computed(kept: KeptTokens, memory: Memory, slot, token_ids: list[int]) -> None:
    kept.extend(slot, token_ids)
    memory.sequences[slot.number] = len(slot.token_ids)


@pytest.fixture
def memory() -> Memory:
    return Memory()


def made(memory: Memory, *, slots: int = 4, cells: int = 1000, sharing: bool = True) -> KeptTokens:
    return KeptTokens(memory, slots=slots, cells=cells, sharing=sharing)


def test_an_answer_that_goes_on_or_back_finds_all_but_its_last_token(memory: Memory) -> None:
    kept = made(memory)
    slot = kept.open(PROMPT)
    computed(kept, memory, slot, [*PROMPT, 200, 201, 202])
    kept.close(slot)
    assert kept.open([*PROMPT, 200, 201, 202, 300]) is slot and len(slot.token_ids) == 103
    kept.close(slot)
    back = kept.open([*PROMPT, 200])
    assert back.token_ids == PROMPT and memory.sequences[back.number] == 100


def test_shared_tokens_take_their_room_once(memory: Memory) -> None:
    kept = made(memory)
    first = kept.open(PROMPT)
    computed(kept, memory, first, PROMPT)
    second = kept.open([*PROMPT, 1, 2])
    assert second is not first and second.token_ids == PROMPT
    assert kept.free == 900
    computed(kept, memory, second, [1, 2])
    kept.cut(first, 0)
    assert kept.free == 898 and second.token_ids == [*PROMPT, 1, 2]


def test_room_is_made_of_what_was_left_first_and_never_of_answers_under_way(memory: Memory) -> None:
    kept = made(memory, cells=300)
    slots = []
    for start in (0, 1000, 2000):
        slot = kept.open(list(range(start, start + 90)))
        computed(kept, memory, slot, list(range(start, start + 90)))
        slots.append(slot)
    kept.close(slots[1])
    kept.close(slots[0])
    assert kept.reachable == 210
    assert kept.make_room(100)
    assert (slots[1].token_ids, len(slots[0].token_ids)) == ([], 90)
    assert not kept.make_room(211) and len(slots[2].token_ids) == 90


def test_while_nothing_is_written_much_is_not_kept(memory: Memory) -> None:
    kept = made(memory, cells=800)
    for start in (0, 1000):
        slot = kept.open(list(range(start, start + 90)))
        computed(kept, memory, slot, list(range(start, start + 90)))
        kept.close(slot)
        kept.rest()
    assert memory.moved == [slot.number] and kept.free == 710
    assert kept.shared(list(range(1000, 1100))) == 90 and not kept.shared(list(range(100)))


def test_without_sharing_nothing_is_found_again(memory: Memory) -> None:
    kept = made(memory, sharing=False)
    slot = kept.open(PROMPT)
    computed(kept, memory, slot, PROMPT)
    kept.close(slot)
    assert not kept.open([*PROMPT, 1]).token_ids
    kept.rest()
    assert kept.free == 1000


def test_all_busy_slots_mean_waiting(memory: Memory) -> None:
    kept = made(memory, slots=1)
    assert kept.open(PROMPT) is not None and kept.open([5]) is None
