"""KISS framing (Chepponis, Karn: "The KISS TNC", 1987) against octets that others published."""

from hypothesis import given
from hypothesis import strategies as st

from decoders.kiss import MOST_OCTETS, KissStream, kiss_octets


def read(octets: bytes, step: int = 0) -> list:
    stream = KissStream()
    step = step or max(len(octets), 1)
    frames = [frame for at in range(0, len(octets), step) for frame in stream.feed(octets[at : at + step])]
    return frames + stream.finish()


def data(octets: bytes, step: int = 0) -> list[bytes]:
    return [frame.data for frame in read(octets, step) if not frame.wrong]


def test_published_examples():
    """Those of Wikipedia's article on KISS: TEST on port 0, Hello on port 5, and the octets FEND and FESC."""
    (test,) = read(bytes.fromhex("C0 00 54 45 53 54 C0"))
    assert (test.port, test.command, test.data) == (0, 0, b"TEST")
    (hello,) = read(bytes.fromhex("C0 50 48 65 6C 6C 6F C0"))
    assert (hello.port, hello.command, hello.data) == (5, 0, b"Hello")
    assert data(bytes.fromhex("C0 00 DB DC DB DD C0")) == [bytes.fromhex("C0 DB")]


def test_an_address_with_a_fend_in_it():
    """The begin of a frame as amsat-bb took it apart (msg29404): its first SSID octet is C0."""
    octets = bytes.fromhex("C0 00 9EA6866A686C DBDC 8EA6B06E687220 03F0 C0".replace(" ", ""))
    assert data(octets) == [bytes.fromhex("9EA6866A686C C0 8EA6B06E687220 03F0".replace(" ", ""))]


def test_every_port_and_command():
    for kind in range(256):
        octets = bytes([kind])
        escaped = {0xC0: b"\xdb\xdc", 0xDB: b"\xdb\xdd"}.get(kind, octets)
        (frame,) = read(b"\xc0" + escaped + b"x\xc0")
        assert (frame.port, frame.command, frame.data) == (kind >> 4, kind & 15, b"x")


def test_fends_in_a_row_and_between_two_frames():
    assert data(bytes.fromhex("C0 C0 C0 00 41 C0 00 42 C0 C0 00 43 C0 C0")) == [b"A", b"B", b"C"]


def test_what_stands_in_front_of_the_first_fend_is_no_frame():
    noise, good = read(b"\x00noise\xc0\x00good\xc0")
    assert (noise.octets, noise.offset) == (b"\x00noise", 0)
    assert "no FEND in front" in noise.wrong
    assert (good.data, good.offset, good.wrong) == (b"good", 7, "")


def test_an_unfinished_frame_is_told_at_the_end():
    stream = KissStream()
    assert stream.feed(b"\xc0\x00half") == []
    assert stream.pending == 6  # with the FEND in front: whoever reads on there finds the frame's begin
    (rest,) = stream.finish()
    assert (rest.octets, rest.offset) == (b"\x00half", 1)
    assert "no FEND behind" in rest.wrong
    assert stream.pending == 0
    assert stream.feed(b"tail\xc0")[0].wrong


def test_a_wrong_escape_takes_only_its_frame():
    before, wrong, dangling, after = read(b"\xc0\0a\xc0\0b\xdbxc\xc0\0d\xdb\xc0\0e\xc0")
    assert (before.data, after.data) == (b"a", b"e")
    assert "escape" in wrong.wrong
    assert "escape" in dangling.wrong
    assert (wrong.octets, dangling.octets) == (b"\0b\xdbxc", b"\0d\xdb")


def test_octets_without_end_are_given_up():
    stream, most = KissStream(), 0
    stream.feed(b"\xc0\0good\xc0\0")
    told = 0
    for _ in range(100):
        told += sum(len(frame.octets) for frame in stream.feed(bytes(5000)) if frame.wrong)
        most = max(most, stream.pending)
    assert most <= MOST_OCTETS + 1
    assert told + stream.pending == 500_001
    rest, after = stream.feed(b"tail\xc0\0after\xc0")
    assert rest.wrong
    assert after.data == b"after"


def test_a_frame_that_comes_at_once_is_no_longer_than_one_in_pieces():
    long = b"\xc0\0" + bytes(MOST_OCTETS) + b"\xc0\0next\xc0"
    for step in (0, 1000):
        assert data(long, step) == [b"next"]
        assert b"".join(frame.octets for frame in read(long, step)) == long.replace(b"\xc0", b"")


@given(st.lists(st.tuples(st.integers(0, 15), st.binary(max_size=40)), max_size=6), st.integers(1, 30))
def test_there_and_back(frames, step):
    octets = b"".join(kiss_octets(content, port) for port, content in frames)
    assert [(each.port, each.data) for each in read(octets, step)] == frames


@given(
    st.lists(st.sampled_from([b"\xc0", b"\xdb", b"\xdc", b"\xdd", b"\0", b"ab"]), max_size=60),
    st.integers(1, 9),
)
def test_any_octets_are_accounted_for_however_they_are_cut(pieces, step):
    octets = b"".join(pieces)
    whole = read(octets)
    assert read(octets, step) == whole
    assert b"".join(frame.octets for frame in whole) == octets.replace(b"\xc0", b"")
    assert all(octets[each.offset :].startswith(each.octets) for each in whole)
