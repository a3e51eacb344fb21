import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.sequence import DuplicateWindow, PacketMemory, SequenceCounter


def counted(counts, modulus=16384):
    counter = SequenceCounter(modulus)
    return counter, [counter.step(count) for count in counts]


def test_rollover_is_no_gap():
    counter, steps = counted([16382, 16383, 0, 1])
    assert steps == [0, 0, 0, 0]
    assert counter.missing == 0


def test_gap_over_the_rollover():
    counter, steps = counted([16381, 2])
    assert steps == [0, 4]
    assert (counter.gaps, counter.missing) == (1, 4)


def test_first_count_may_be_anything():
    assert counted([777])[1] == [0]


def test_restart_is_not_missing():
    counter, steps = counted([9000, 9001, 0, 1])
    assert steps == [0, 0, -1, 0]
    assert (counter.missing, counter.restarts) == (0, 1)


def test_late_arrival_fills_its_hole():
    counter, steps = counted([5, 8, 6, 9, 7])
    assert steps == [0, 2, 0, 0, 0]
    assert (counter.missing, counter.recovered) == (0, 2)


def test_tm_counter_jumps_are_forward():
    counter, steps = counted([200, 100], modulus=256)
    assert steps == [0, 155]
    assert counter.missing == 155


def test_tm_frames_that_change_places_are_not_a_turn_missing():
    counter, _ = counted([254, 255, 1, 0, 2], modulus=256)
    assert (counter.missing, counter.gaps, counter.recovered) == (0, 1, 1)
    # A count that was missing long ago is a jump forward: 10 is 106 behind, or 150 ahead of 116.
    counter, _ = counted([9, *range(11, 117), 10], modulus=256)
    assert (counter.missing, counter.recovered) == (1 + 149, 0)


def test_a_hole_that_is_passed_again_a_turn_later_is_none():
    counter = SequenceCounter(256)
    for part in ([10, 12], [*range(13, 256), *range(21)]):
        counter.steps(np.array(part, np.int32))
    assert (counter.missing, counter.recovered) == (1, 0)
    assert counter.step(11) == 246  # nothing waits for 11 any more: a jump from 20
    assert counter.recovered == 0


def test_half_a_turn_ahead_is_missing_and_more_is_a_restart():
    counter, steps = counted([1, 8193])
    assert (steps, counter.missing, counter.restarts) == ([0, 8191], 8191, 0)
    counter, steps = counted([1, 8194])
    assert (steps, counter.missing, counter.restarts) == ([0, -1], 0, 1)
    counter, steps = counted([5, 4], modulus=256)
    assert (steps, counter.missing, counter.restarts) == ([0, 254], 254, 0)


def test_an_8_bit_count_may_come_32_late():
    counter, _ = counted([10, *range(12, 44), 11], modulus=256)
    assert (counter.missing, counter.recovered) == (0, 1)
    counter, _ = counted([10, *range(12, 45), 11], modulus=256)
    assert (counter.missing, counter.recovered) == (1 + 222, 0)


def test_a_restart_forgets_what_was_missing():
    counter, steps = counted([9000, 9003, 0, 9001])
    assert steps == [0, 2, -1, -1]
    assert (counter.missing, counter.recovered, counter.restarts) == (2, 0, 2)


def test_a_counter_that_stays_is_no_gap():
    assert counted([0, 0, 0])[1] == [0, 0, 0]


@given(
    st.integers(0, 16383),
    st.lists(st.integers(1, 40), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_batches_count_like_single_steps(first, deltas, size):
    counts = np.cumsum([first, *deltas], dtype=np.int32) % 16384
    single, expected = counted(counts.tolist())
    counter, got = SequenceCounter(16384), []
    for at in range(0, len(counts), size):
        part = counts[at : at + size]
        steps = counter.steps(part)
        got += [0] * len(part) if steps is None else steps.tolist()
    assert got == expected
    assert counter.missing == single.missing == sum(deltas) - len(deltas)
    assert counter.last == single.last


def flags(window, counts, hashes):
    found = window.check(np.array(counts, np.int32), np.array(hashes, np.int64))
    return [False] * len(counts) if found is None else found.tolist()


def test_same_count_and_content_is_a_duplicate():
    window = DuplicateWindow()
    assert flags(window, [1, 2, 3], [11, 12, 13]) == [False] * 3
    assert flags(window, [2, 3, 4], [12, 99, 14]) == [True, False, False]
    assert flags(window, [3], [13]) == [True]  # both contents of count 3 are remembered


def test_duplicates_inside_one_batch():
    assert flags(DuplicateWindow(), [1, 2, 1, 2], [11, 12, 11, 13]) == [False, False, True, False]


def test_packets_without_time_may_repeat_after_a_turn():
    window = DuplicateWindow(laps=1)
    counts = np.arange(16384, dtype=np.int32)
    hashes = np.ones(16384, np.int64)
    assert window.check(counts, hashes) is None
    assert window.check(counts[:10], hashes[:10]) is None
    assert flags(window, [3], [1]) == [True]


@pytest.mark.parametrize("many", [1, 20])
@pytest.mark.parametrize(("since", "known"), [(8191, True), (8192, False)])
def test_packets_without_time_are_remembered_for_half_a_turn(many, since, known):
    window = DuplicateWindow(laps=1)
    counts, hashes = np.arange(many, dtype=np.int32), np.full(many, 7)
    assert window.check(counts, hashes) is None
    others = np.arange(100, 100 + since - many, dtype=np.int32)
    assert window.check(others, np.full(len(others), 8)) is None
    assert flags(window, counts, hashes) == [known] * many


@pytest.mark.parametrize("laps", [1, 4])
@pytest.mark.parametrize("size", [1, 5, 1000, 4096, 20_000])
def test_cutting_into_batches_knows_the_same_packets_again(laps, size):
    # Packets 3,000 and 9,000 further on that repeat: with one lap the second is too far away.
    counts = np.arange(14_000, dtype=np.int32)
    hashes = np.arange(9, 14_009)
    counts[7000], hashes[7000] = counts[4000], hashes[4000]
    counts[13_500], hashes[13_500] = counts[4500], hashes[4500]
    counts[13_000], hashes[13_000] = counts[4000], hashes[4000]  # 6,000 behind its repetition
    window, got = DuplicateWindow(laps), []
    for at in range(0, len(counts), size):
        got += flags(window, counts[at : at + size], hashes[at : at + size])
    assert np.flatnonzero(got).tolist() == ([7000] if laps == 1 else [7000, 13_000, 13_500])


def test_packets_with_time_are_remembered_for_turns():
    window = DuplicateWindow(laps=4)
    counts = np.arange(16384, dtype=np.int32)
    for lap in range(3):
        assert window.check(counts, np.full(16384, lap + 1, np.int64)) is None
    assert flags(window, [5, 6], [1, 2]) == [True, True]


def test_memory_is_bounded():
    memory = PacketMemory()
    for apid in range(1000):
        memory.check(("ship", apid), True, np.array([1], np.int32), np.array([5], np.int64))
    assert len(memory._windows) <= 256


def test_the_apid_unseen_for_the_longest_is_forgotten():
    memory = PacketMemory()

    def came_before(apid):
        return memory.check(("ship", apid), True, np.array([1]), np.array([5])) is not None

    assert not any(came_before(apid) for apid in range(256))
    assert came_before(0)
    assert not came_before(256)
    assert came_before(0)
    assert not came_before(1)
