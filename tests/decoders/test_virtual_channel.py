"""Which frames a virtual channel knows again."""

from __future__ import annotations

import pytest

from decoders.packets import KnownPackets
from decoders.virtual_channel import VirtualChannel


@pytest.mark.parametrize(("modulus", "window"), [(256, 100), (1 << 24, 4096)])
def test_a_frame_is_known_again_for_as_many_frames_as_are_remembered(modulus: int, window: int) -> None:
    channel = VirtualChannel(modulus, KnownPackets(any_apid=True))
    assert not channel.duplicate(7, 1234)
    for number in range(window):
        assert channel.duplicate(7, 1234)
        assert not channel.duplicate((8 + number) % modulus, number)
    assert not channel.duplicate(7, 1234)


def test_the_same_count_with_other_content_is_another_frame() -> None:
    channel = VirtualChannel(256, KnownPackets(any_apid=True))
    assert not channel.duplicate(7, 1)
    assert not channel.duplicate(7, 2)
    assert channel.duplicate(7, 2)


def test_a_count_comes_again_after_a_whole_turn_and_is_no_duplicate() -> None:
    """An 8-bit counter may bring the same octets honestly: 256 frames later."""
    channel = VirtualChannel(256, KnownPackets(any_apid=True))
    assert not any(channel.duplicate(number % 256, 99) for number in range(1000))


@pytest.mark.parametrize("modulus", [256, 1 << 24])
def test_frames_that_come_late_follow_each_other_over_the_rollover(modulus: int) -> None:
    channel = VirtualChannel(modulus, KnownPackets(any_apid=True))
    late = [(modulus - 2, 0), (modulus - 1, 0), (0, 0), (1, 0), (2, 3), (3, 3), (5, 3)]
    follows = [channel.late(count, map_id)[1] for count, map_id in late]
    assert follows == [False, True, True, True, False, True, False]
