"""Requests with policies that nobody has had before: what they leave behind is bounded."""

import gc
import itertools
import tracemalloc

import torch

from tests.tlpo_guard.integrations.test_guarded_sampler import DETECTOR, random_logits, word
from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.detector import BLOCKED, DriftDetector
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.fused import FusedTables
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.rules_bank import RulesBank
from tlpo_guard.languages.scripts import script_names
from tlpo_guard.policy import GuardPolicy

SCRIPTS = [name for name in script_names() if name not in ("Zyyy", "Zinh", "Zzzz", "Hani")]
REQUESTS = 2_400
AT_ONCE = 8


def policies(count: int) -> list[GuardPolicy]:
    """As many sets of scripts, no two alike."""
    pairs = itertools.combinations(SCRIPTS, 2)
    return [
        GuardPolicy(languages=("ko",), scripts_too=pair, allow_english=False) for pair in itertools.islice(pairs, count)
    ]


def test_thousands_of_script_sets_leave_a_bounded_memory_behind() -> None:
    guard = Guard(DriftDetector(DETECTOR.vocabulary))
    sampler, all_policies = Sampler(guard), policies(REQUESTS)
    greedy = SamplingParams(temperature=0.0)

    def serve(first: int, last: int) -> int:
        for start in range(first, last, AT_ONCE):
            rows = [
                SampledSequence(greedy, Draws(0), guard.open(policy))
                for policy in all_policies[start : start + AT_ONCE]
            ]
            logits = random_logits(start, len(rows))
            logits[:, word("漢")] = 60.0
            tokens = sampler.step(logits, rows)
            assert word("漢") not in tokens.tolist()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        half, whole = serve(0, REQUESTS // 2), serve(REQUESTS // 2, REQUESTS)
    finally:
        tracemalloc.stop()
    assert sampler.faults == 0
    # 1,024 rules and a bank of as many bytes as it may have; the second half adds nothing that stays.
    assert half < 48 << 20
    assert whole < half * 1.1


def test_rules_that_gave_up_their_slot_get_another_and_the_same_verdicts() -> None:
    detector = DriftDetector(DETECTOR.vocabulary)
    made = [detector.rules(policy) for policy in policies(64)]
    bank = RulesBank(detector.tables, max_bytes=20 * made[0].nbytes)
    tokens = torch.arange(detector.vocabulary.size).numpy()
    for turn in range(3):
        for start in range(0, 64, 4):
            batch = made[start : start + 4]
            slots = bank.slots(batch)
            assert len(set(slots.tolist())) == 4 and 0 not in slots
            for rules, slot in zip(batch, slots, strict=True):
                states = tokens * 0 + (turn + 3)
                flags = bank.token_flags(tokens * 0 + slot, states, tokens)
                assert (flags == rules.flags(turn + 3)).all()
    assert bank.flags.nbytes <= 32 * made[0].nbytes
    assert (bank.token_flags(tokens * 0, tokens * 0, tokens) & BLOCKED == 0).all()


def test_a_batch_with_more_rules_than_the_bound_still_gets_its_slots() -> None:
    detector = DriftDetector(DETECTOR.vocabulary)
    made = [detector.rules(policy) for policy in policies(48)]
    bank = RulesBank(detector.tables, max_bytes=1)
    assert len(set(bank.slots(made).tolist())) == 48


def test_two_readers_of_one_bank_both_see_what_is_written() -> None:
    detector = DriftDetector(DETECTOR.vocabulary)
    made = [detector.rules(policy) for policy in policies(6)]
    bank = RulesBank(detector.tables)
    readers = [DeviceMasks(bank, torch.device("cpu")) for _ in range(2)]
    for rules in made:
        slots = torch.from_numpy(bank.slots([rules]))
        for reader in readers:
            reader.refresh()
            blocked = reader.blocked(slots, torch.zeros(1, dtype=torch.int64))
            assert (blocked[0].numpy() == (rules.flags(0) & BLOCKED > 0)).all()


def test_the_kernels_tables_see_what_is_written_though_their_masks_have_seen_it_before() -> None:
    detector = DriftDetector(DETECTOR.vocabulary)
    bank = RulesBank(detector.tables)
    masks = DeviceMasks(bank, torch.device("cpu"))
    tables = FusedTables(masks)
    for policy in policies(6):
        rules = detector.rules(policy)
        (slot,) = bank.slots([rules])
        masks.refresh()
        tables.refresh()
        words = tables.arguments()[0]
        assert isinstance(words, torch.Tensor)
        assert (words[slot].numpy() == tables.packed(rules.verdicts().blocked[None])[0]).all()
