from hypothesis import given, settings
from hypothesis import strategies as st

from decoders.channel import AsmSync, datagram_frame
from decoders.encode import ASM, TmFramePacker, cadu, idle_packet
from decoders.fecf import good_fecf

LENGTH = 64


def frames(count):
    packer = TmFramePacker(1, 0, LENGTH)
    made = []
    while len(made) < count:
        made += packer.push(idle_packet(40, len(made)))
    return made[:count]


def run(sync, chunks):
    got, over = [], []
    for out in [*(sync.feed(chunk) for chunk in chunks), sync.finish()]:
        got += [(out.origin + at, out.data[at : at + sync.frame_length]) for at in out.starts]
        over += out.passed_over
    return got, over


def split(data, sizes):
    chunks, at = [], 0
    for size in sizes:
        chunks.append(data[at : at + size])
        at += size
    return [*chunks, data[at:]]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=30), min_size=6, max_size=6),
    st.lists(st.integers(0, 150), max_size=20),
    st.booleans(),
)
def test_frames_between_garbage_in_any_chunks(garbage, sizes, fecf):
    garbage = [part.replace(ASM[:1], b"\0") for part in garbage]
    sent = frames(6)
    stream = b"".join(junk + cadu(frame) for junk, frame in zip(garbage, sent, strict=True))
    got, over = run(AsmSync(LENGTH, check=good_fecf if fecf else None), split(stream, sizes))
    if fecf:
        assert [frame for _, frame in got] == sent
        assert b"".join(octets for _, octets in over) == b"".join(garbage)
    assert all(stream[at : at + LENGTH] == frame for at, frame in got)
    assert all(stream[at : at + len(octets)] == octets for at, octets in over)
    taken = sum(len(octets) for _, octets in over) + sum(len(frame) for _, frame in got)
    assert taken + 4 * len(got) == len(stream)


def test_a_truncated_frame_does_not_take_the_next():
    one, two, three = frames(3)
    stream = cadu(one) + cadu(two)[:30] + cadu(three)
    got, over = run(AsmSync(LENGTH, check=good_fecf), [stream])
    assert [frame for _, frame in got] == [one, three]
    assert over == [(68, cadu(two)[:30])]


def test_a_bad_frame_between_good_ones_is_given():
    one, two, three = frames(3)
    bad = two[:20] + bytes([two[20] ^ 1]) + two[21:]
    got, over = run(AsmSync(LENGTH, check=good_fecf), [cadu(one) + cadu(bad) + cadu(three)])
    assert [frame for _, frame in got] == [one, bad, three]
    assert over == []


def test_a_damaged_marker_before_a_good_frame_is_tolerated():
    one, two, three = frames(3)
    stream = cadu(one) + b"\x1a\xcf\xfc\x1c" + two + cadu(three)
    assert [frame for _, frame in run(AsmSync(LENGTH, check=good_fecf), [stream])[0]] == [one, two, three]


def test_a_marker_inside_a_frame_is_no_frame():
    packer = TmFramePacker(1, 0, LENGTH)
    (frame,) = packer.push(idle_packet(52)[:20] + ASM + bytes(28))
    assert [f for _, f in run(AsmSync(LENGTH, check=good_fecf), [cadu(frame) * 3])[0]] == [frame] * 3


def test_a_good_frame_is_given_at_once():
    sync = AsmSync(LENGTH, check=good_fecf)
    assert len(sync.feed(cadu(frames(1)[0])).starts) == 1


def test_without_marker_frames_follow_each_other():
    sent = frames(3)
    got, over = run(AsmSync(LENGTH, asm=None), [b"".join(sent) + b"rest"])
    assert [frame for _, frame in got] == sent
    assert over == [(3 * LENGTH, b"rest")]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.just(ASM), st.just(ASM[:2])), max_size=12))
def test_any_octets_are_accounted_for(chunks):
    got, over = run(AsmSync(LENGTH, check=good_fecf), chunks)
    assert 68 * len(got) + sum(len(octets) for _, octets in over) == sum(map(len, chunks))


def test_memory_is_bounded():
    sync = AsmSync(LENGTH, check=good_fecf)
    for _ in range(50):
        sync.feed(bytes(100_000))
        assert len(sync._rest) < 2 * (LENGTH + 8)


def test_events_are_bounded():
    assert max(len(o) for _, o in AsmSync(LENGTH).feed(bytes(200_000)).passed_over) <= 65_536


def test_datagrams():
    frame = frames(1)[0]
    assert datagram_frame(frame, LENGTH) == (0, LENGTH)
    assert datagram_frame(cadu(frame), LENGTH) == (4, LENGTH)
    assert datagram_frame(frame[:-1], LENGTH) == (0, LENGTH - 1)
    assert datagram_frame(b"xxxx" + frame, LENGTH) == (0, LENGTH + 4)
    assert datagram_frame(ASM + frame[:9], LENGTH) == (0, 13)
    assert datagram_frame(ASM + frame[:9], LENGTH, vary=True) == (4, 9)
    assert datagram_frame(frame[:9], LENGTH, vary=True) == (0, 9)
    assert datagram_frame(b"\x35\x2e\xf8\x53" + frame, LENGTH, 0x352EF853) == (4, LENGTH)


def as_bits(octets):
    return "".join(f"{octet:08b}" for octet in octets)


def from_bits(bits):
    return bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))


SHIFTED = from_bits("000" + as_bits(ASM) * 3)


def upside_down(octets):
    return bytes(octet ^ 0xFF for octet in octets)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 7), st.booleans(), st.lists(st.integers(0, 150), max_size=20))
def test_frames_at_any_bit_and_in_either_polarity(shift, inverted, sizes):
    sent = frames(6)
    stream = b"".join(map(cadu, sent))
    stream = from_bits("0" * shift + as_bits(upside_down(stream) if inverted else stream))
    sync = AsmSync(LENGTH, check=good_fecf)
    got, offsets = [], []
    for out in [*map(sync.feed, split(stream, sizes)), sync.finish()]:
        got += [out.data[at : at + LENGTH] for at in out.starts]
        offsets += out.offsets
    assert got == sent
    assert offsets == [4 + (4 + LENGTH) * n for n in range(6)]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-20, 20), st.booleans()), min_size=5, max_size=5),
    st.lists(st.integers(0, 150), max_size=20),
)
def test_bits_slipped_in_or_out_cost_one_frame_at_most(slips, sizes):
    sent = frames(12)
    bits, broken = "", set()
    for number, frame in enumerate(sent):
        part = as_bits(cadu(frame))
        if number % 2 and slips[number // 2 % 5][0]:
            slip, turned = slips[number // 2 % 5]
            part = part[:300] + "0" * slip + part[300:] if slip > 0 else part[:300] + part[300 - slip :]
            part = part[:200] + part[200:].translate(str.maketrans("01", "10")) if turned else part
            broken.add(number)
        bits += part
    sync = AsmSync(LENGTH, check=good_fecf)
    got = []
    for out in [*map(sync.feed, split(from_bits(bits), sizes)), sync.finish()]:
        got += [out.data[at : at + LENGTH] for at in out.starts]
    assert [frame for frame in got if good_fecf(frame)] == [
        frame for number, frame in enumerate(sent) if number not in broken
    ]


def test_the_flywheel_carries_over_frames_whose_markers_and_contents_are_damaged():
    sent = frames(6)
    noise = [bytes(LENGTH + 4), bytes([0x55]) * (LENGTH + 4)]
    stream = cadu(sent[0]) + noise[0] + noise[1] + b"".join(map(cadu, sent[3:]))
    got, over = run(AsmSync(LENGTH, check=good_fecf), [stream])
    assert [frame for _, frame in got] == [sent[0], noise[0][4:], noise[1][4:], *sent[3:]]
    assert over == []


def test_markers_with_a_few_wrong_bits_keep_the_lock_without_a_check():
    sent = frames(4)
    worn = b"".join(bytes([0x1B, 0xCF, 0x7C, 0x1F]) + frame for frame in sent[1:])  # three bits
    got, _ = run(AsmSync(LENGTH), [cadu(sent[0]) + worn])
    assert [frame for _, frame in got] == sent
    for errors, taken in ((3, 4), (2, 1)):
        got, _ = run(AsmSync(LENGTH, marker_errors=errors), [cadu(sent[0]) + worn])
        assert [frame for _, frame in got] == sent[:taken]


def test_the_flywheel_goes_two_frames_to_a_marker_with_no_more_wrong_bits_than_allowed():
    one, two = frames(2)
    lost, worn = bytes(LENGTH + 4), bytes([0xE5, 0xCF, 0xFC, 0x1D])  # eight bits
    for errors, count, carried in ((8, 1, True), (7, 1, False), (8, 2, True), (8, 3, False)):
        stream = cadu(one) + lost * count + worn + two
        got, over = run(AsmSync(LENGTH, marker_errors=errors), [stream])
        if carried:
            assert [frame for _, frame in got] == [one, *[lost[4:]] * count, two]
            assert over == []
        else:
            assert [frame for _, frame in got] == [one]


def test_frames_whose_markers_are_all_gone_are_taken_by_their_content_for_good():
    sent = frames(40)
    got, over = run(AsmSync(LENGTH, check=good_fecf), [cadu(sent[0]), *(bytes(4) + f for f in sent[1:])])
    assert [frame for _, frame in got] == sent
    assert over == []


def test_a_last_frame_that_nothing_vouches_for_is_given_at_the_end():
    sync = AsmSync(LENGTH)
    stream = cadu(frames(1)[0])
    assert sync.feed(stream).starts == []
    assert sync.finish().starts == [4]


def test_what_comes_behind_an_end_is_a_stream_of_its_own():
    sent = frames(4)
    sync = AsmSync(LENGTH)
    assert len(sync.feed(b"".join(map(cadu, sent[:2]))).starts) + len(sync.finish().starts) == 2
    got, over = run(sync, [bytes(LENGTH + 4) + b"".join(map(cadu, sent[2:]))])
    assert [frame for _, frame in got] == sent[2:]
    assert over == [(2 * (LENGTH + 4), bytes(LENGTH + 4))]


def test_a_stream_full_of_markers_asks_for_few_checks():
    asked = []

    def check(frame):
        asked.append(frame)
        return False

    sync = AsmSync(LENGTH, check=check)
    sync.feed(ASM * 20_000)
    assert len(asked) <= 8 * (80_000 // LENGTH + 1)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.just(SHIFTED)), max_size=12))
def test_memory_is_bounded_for_any_octets(chunks):
    sync = AsmSync(LENGTH, check=good_fecf)
    for chunk in chunks * 5:
        sync.feed(chunk)
        assert len(sync._rest) < 4 * (LENGTH + 4)
