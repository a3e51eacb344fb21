"""Packets out of zones and streams: every packet whose octets all arrived comes out."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from decoders.encode import TmFramePacker, idle_packet, primary_header
from decoders.packet_stream import PacketStream
from decoders.packets import KnownPackets, PacketExtractor

ZONE = 24
KNOWN = KnownPackets({1: None, 2: 20, 3: 100})


def packet(apid, length, count=0, fill=0xAB):
    return primary_header(apid, count, length - 6) + bytes([fill]) * (length - 6)


def zones_of(packets, zone=ZONE):
    """Return ``(zone, pointer)`` of the frames, and the first and last frame of each packet."""
    packer = TmFramePacker(1, 0, zone + 8, ocf=False)
    frames, at, places = [], 0, []
    for octets in packets:
        places.append((at // zone, (at + len(octets) - 1) // zone))
        at += len(octets)
        frames += packer.push(octets)
    frames += packer.flush()
    return [(f[6:-2], int.from_bytes(f[4:6], "big") & 0x7FF) for f in frames], places


def taken(out):
    return [out.data[a : a + n] for a, n in zip(out.starts, out.lengths, strict=True)]


def whole(out):
    return [octets for row, octets in enumerate(taken(out)) if row not in out.truncated]


def not_idle(packets):
    return [octets for octets in packets if octets[:2] != b"\x07\xff"]


def extract(zones, lost=(), take_each=False, known=KNOWN):
    extractor, got, over, follows = PacketExtractor(known), [], [], True
    for row, (zone, pointer) in enumerate(zones):
        if row in lost:
            follows = False
            continue
        extractor.push(zone, pointer, row, 6, follows=follows)
        follows = True
        if take_each:
            out = extractor.take()
            got += whole(out)
            over += out.passed_over
    extractor.gap()
    out = extractor.take()
    return not_idle(got + whole(out)), over + out.passed_over


packet_lists = st.lists(
    st.builds(packet, st.just(1), st.integers(7, 90), st.integers(0, 16383), st.integers(0, 255)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(packet_lists, st.sets(st.integers(0, 40), max_size=6), st.booleans())
def test_every_packet_whose_octets_arrived_comes_out(packets, lost, take_each):
    zones, places = zones_of(packets)
    got, _ = extract(zones, lost, take_each)
    arrived = [
        octets
        for octets, (first, last) in zip(packets, places, strict=True)
        if not any(first <= frame <= last for frame in lost)
    ]
    assert got == arrived


@settings(max_examples=60, deadline=None)
@given(st.integers(100, 3000), st.integers(0, 23), st.booleans())
def test_stale_pointers_lose_nothing(length, stale, take_each):
    # Where no packet starts the pointer should be 0x7FF; some spacecraft leave the one before.
    packets = [packet(1, length, count) for count in range(6)]
    zones, _ = zones_of(packets)
    zones = [(zone, stale if pointer == 0x7FF else pointer) for zone, pointer in zones]
    assert extract(zones, take_each=take_each)[0] == packets


def test_stale_pointers_are_counted():
    zones, _ = zones_of([packet(1, 100)])
    extractor = PacketExtractor(KNOWN)
    for row, (zone, _) in enumerate(zones):
        extractor.push(zone, 0, row, 6)
    out = extractor.take()
    assert not_idle(taken(out)) == [packet(1, 100)]
    assert out.stale_pointers == 4


def test_a_wrong_length_is_left_at_the_next_known_packet():
    # The first header claims 60,000 octets; fixed-length packets stand at the pointers behind it.
    liar = primary_header(1, 0, 60_000) + bytes(18)
    zones, _ = zones_of([liar, *(packet(2, 20, count) for count in range(12))])
    got, over = extract(zones)
    assert got[:12] == [packet(2, 20, count) for count in range(12)]
    assert over[0][1] == liar


def test_a_chain_that_leads_to_no_header_goes_on_at_the_pointer():
    bad = packet(1, 30)[:4] + b"\0\x0a" + packet(1, 30, fill=0xFF)[6:]  # says 17 octets, has 30
    good = [packet(1, 40, count) for count in range(5)]
    zones, _ = zones_of([bad, *good])
    assert extract(zones)[0][-4:] == good[-4:]


def test_a_gap_makes_a_truncated_row():
    zones, _ = zones_of([packet(1, 90)])
    extractor = PacketExtractor(KNOWN)
    extractor.push(*zones[0], 0, 6)
    extractor.push(*zones[3], 1, 6, follows=False)
    out = extractor.take()
    assert out.truncated == [0]
    assert taken(out)[0] == packet(1, 90)[:24]


def test_octets_before_the_first_pointer_are_passed_over():
    zones, _ = zones_of([packet(1, 30), packet(1, 30)])
    got, over = extract(zones, lost={0})
    assert got == [packet(1, 30)]
    assert over == [(1, packet(1, 30)[24:])]


def test_a_zone_without_a_pointer_begins_nothing():
    middle, behind = bytes(3000), packet(1, 3000)
    got, over = extract([(middle, -1), (behind, 0)])
    assert got == [behind]
    assert over == [(0, middle)]


def test_places_name_frame_and_offset():
    zones, _ = zones_of([packet(1, 10), packet(1, 30), packet(1, 8)])
    extractor = PacketExtractor(KNOWN)
    for row, (zone, pointer) in enumerate(zones):
        extractor.push(zone, pointer, row, 6)
    _, _, frame, offset = extractor.take().places()
    assert frame[:3].tolist() == [0, 1, 1]
    assert offset[:3].tolist() == [6, -1, 22]


def test_longest_packet():
    octets = packet(1, 65_542)
    zones, _ = zones_of([octets, packet(1, 20)], zone=1000)
    assert extract(zones, take_each=True)[0] == [octets, packet(1, 20)]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=60), st.integers(0, 0x7FF), st.booleans()), max_size=20))
def test_any_zones(zones):
    extractor, sizes = PacketExtractor(KNOWN), 0
    for row, (zone, pointer, follows) in enumerate(zones):
        extractor.push(zone, pointer, row, 6, follows=follows)
        sizes += len(zone)
    extractor.gap()
    out = extractor.take()
    over = sum(len(octets) for _, octets in out.passed_over)
    assert sum(out.lengths) + over + out.encapsulation_octets == sizes
    out.places()


# Streams --------------------------------------------------------------------------------------------


def stream(data, sizes=(), known=KNOWN, passed=None):
    passed = [] if passed is None else passed
    cutter, got, over, at = PacketStream(known), [], [], 0
    outs = []
    for size in sizes:
        outs.append(cutter.feed(data[at : at + size]))
        at += size
    outs += [cutter.feed(data[at:]), cutter.finish()]
    for out in outs:
        passed.append((out.encapsulation, out.encapsulation_octets))
        got += whole(out)
        over += [octets for _, octets in out.passed_over]
        over += [taken(out)[row] for row in out.truncated]
    return got, over


@settings(max_examples=100, deadline=None)
@given(packet_lists, st.lists(st.integers(0, 200), max_size=20))
def test_a_stream_in_any_chunks(packets, sizes):
    assert stream(b"".join(packets), sizes) == (packets, [])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=12), st.integers(0, 16383)), min_size=1, max_size=10),
    st.lists(st.integers(0, 200), max_size=10),
)
def test_garbage_between_packets_leaves_the_packets(parts, sizes):
    # Garbage of version 011 cannot be a header, of an encapsulation packet neither.
    junk = [bytes(octet & 0x1F | 0x60 for octet in octets) for octets, _ in parts]
    packets = [packet(2 + (count & 1), 20 if not count & 1 else 100, count, 0xFF) for _, count in parts]
    data = b"".join(a + b for a, b in zip(junk, packets, strict=True))
    got, over = stream(data, sizes)
    assert got == packets
    assert b"".join(over) == b"".join(junk)


def test_unknown_packets_among_known_ones_are_kept():
    packets = [packet(2, 20), packet(77, 33), packet(2, 20), packet(78, 50), packet(79, 51), packet(3, 100)]
    assert stream(b"".join(packets)) == (packets, [])


def test_only_unknown_packets():
    packets = [packet(77, 20 + n) for n in range(20)]
    assert stream(b"".join(packets))[0] == packets


def test_a_truncated_last_packet():
    assert stream(packet(2, 20) + packet(2, 20)[:12]) == ([packet(2, 20)], [packet(2, 20)[:12]])


@settings(max_examples=100, deadline=None)
@given(st.integers(7, 99), st.integers(0, 3), st.integers(0, 5))
def test_a_packet_cut_short_leaves_its_neighbours(kept, before, after):
    # Where a header follows the claimed end, only a checksum could tell
    assume((100 - kept) % 20)
    # Filled so that nothing inside the cut packet can be taken for a header
    cut = packet(3, 100, 7, 0xFF)[:kept]
    around = [packet(2, 20, n, 0xFF) for n in range(before + after + 5)]
    data = b"".join(around[:before]) + cut + b"".join(around[before:])
    got, over = stream(data)
    assert got == around
    assert b"".join(over) == cut


def test_a_packet_of_another_length_is_kept():
    packets = [packet(2, 20), packet(2, 24), packet(2, 20)]
    assert stream(b"".join(packets))[0] == packets


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=120), max_size=8))
def test_any_stream_is_accounted_for(chunks):
    data = b"".join(chunks)
    passed = []
    got, over = stream(data, [len(chunk) for chunk in chunks], passed=passed)
    assert sum(map(len, got)) + sum(map(len, over)) + sum(octets for _, octets in passed) == len(data)


def test_idle_packets_are_packets():
    assert stream(idle_packet(9) + packet(2, 20))[0] == [idle_packet(9), packet(2, 20)]
