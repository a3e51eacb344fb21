"""Links on real sockets of 127.0.0.1 and real files."""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.links import (
    BREAK,
    FileLink,
    Link,
    LinkError,
    TcpClientLink,
    TcpServerLink,
    UdpLink,
    receiver,
    tcp,
)
from console.links.base import Received
from console.links.receiver import Receiver
from console.links.recvmmsg import is_available


def collect(link: Link, octets: int, seconds: float = 10.0) -> list[tuple[bytes, int]]:
    """Receive until so many octets have come."""
    received: list[tuple[bytes, int]] = []
    end = time.monotonic() + seconds
    while sum(len(chunk) for chunk, _ in received) < octets and time.monotonic() < end:
        received += link.receive(0.05)
    return received


def until(link: Link, chunk: bytes, seconds: float = 10.0) -> list[bytes]:
    """Receive until this chunk has come; return all."""
    received: list[bytes] = []
    end = time.monotonic() + seconds
    while chunk not in received and time.monotonic() < end:
        received += [octets for octets, _ in link.receive(0.05)]
    return received


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize("plain", [False, True])
def test_udp_gives_every_datagram_with_its_time(plain: bool) -> None:
    link = UdpLink("127.0.0.1", 0, plain=plain)
    link.open()
    assert link.state == "waiting"
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sent = [bytes([i % 256]) * (1 + i * 7) for i in range(600)] + [os.urandom(60_000)]
    before = time.time_ns()
    sender.sendto(b"", ("127.0.0.1", link.port))  # no octets: not to be taken for a break of the stream
    received: list[tuple[bytes, int]] = []
    for start in range(0, len(sent), 50):
        for datagram in sent[start : start + 50]:
            sender.sendto(datagram, ("127.0.0.1", link.port))
        received += collect(link, sum(map(len, sent[start : start + 50])))
    assert [datagram for datagram, _ in received] == sent
    times = [at for _, at in received]
    assert before - 1_000_000 <= times[0] <= times[-1] <= time.time_ns()
    assert link.state == "locked"
    assert link.count_dropped() == 0
    link.close()
    link.close()
    assert link.receive(0) == []


@pytest.mark.skipif(not is_available(), reason="this system has no recvmmsg")
def test_udp_times_are_those_of_arrival_not_of_reading() -> None:
    link = UdpLink("127.0.0.1", 0)
    link.open()
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.sendto(b"early", ("127.0.0.1", link.port))
    arrived = time.time_ns()
    time.sleep(0.2)
    ((_, at),) = link.receive(1.0)
    assert at <= arrived + 100_000_000
    link.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's counter is read on Linux")
def test_udp_reads_the_kernels_drop_counter() -> None:
    link = UdpLink("127.0.0.1", 0, receive_buffer_octets=4096)
    link.open()
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(200):
        sender.sendto(bytes(1000), ("127.0.0.1", link.port))
    received = link.receive(1.0)
    assert link.count_dropped() == 200 - len(received) > 0
    link.close()


def test_udp_port_in_use_says_what_to_do_and_recovers() -> None:
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    link = UdpLink("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(LinkError, match="in use by another program"):
        link.open()
    assert link.state == "failed"
    taken.close()
    link.open()
    assert link.state == "waiting"
    link.close()


def test_udp_multicast_is_joined() -> None:
    link = UdpLink("239.255.77.1", 0)
    link.open()
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
    try:
        sender.sendto(b"to many", ("239.255.77.1", link.port))
    except OSError:
        pytest.skip("no route for multicast on this machine")
    assert [datagram for datagram, _ in collect(link, 7)] == [b"to many"]
    link.close()


def test_tcp_server_takes_one_sender_after_the_other() -> None:
    link = TcpServerLink("127.0.0.1", 0)
    link.open()
    with socket.create_connection(("127.0.0.1", link.port)) as first:
        first.sendall(b"a" * 1000)
        assert b"".join(chunk for chunk, _ in collect(link, 1000)) == b"a" * 1000
        assert link.state == "locked"
    assert until(link, BREAK)[-1] == BREAK
    assert link.state == "lost"
    big = os.urandom(3_000_000)
    with socket.create_connection(("127.0.0.1", link.port)) as second:
        pusher = threading.Thread(target=second.sendall, args=(big,))
        pusher.start()
        assert b"".join(chunk for chunk, _ in collect(link, len(big))) == big
        pusher.join()
        # A newer sender takes the place of one that is still connected but silent.
        with socket.create_connection(("127.0.0.1", link.port)) as third:
            third.sendall(b"third")
            assert until(link, b"third")[-2:] == [BREAK, b"third"]
    link.close()


def test_tcp_server_says_why_a_connection_was_lost_though_another_came_at_once() -> None:
    link = TcpServerLink("127.0.0.1", 0)
    link.open()
    with socket.create_connection(("127.0.0.1", link.port)) as first:
        first.sendall(b"first")
        until(link, b"first")
        with socket.create_connection(("127.0.0.1", link.port)):
            assert until(link, BREAK)[-1] == BREAK
            assert (link.state, link.note) == ("lost", "another sender took its place")
    link.close()


def test_tcp_server_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        link = TcpServerLink("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(LinkError, match="in use"):
            link.open()


def test_tcp_client_waits_for_a_late_sender_and_comes_back() -> None:
    port = free_port()
    link = TcpClientLink("127.0.0.1", port)
    link.open()
    assert link.receive(0.1) == []
    assert link.state == "waiting"
    assert "no connection" in link.note
    assert link.receive(0.1) == []
    for word in (b"first", b"again"):
        with socket.create_server(("127.0.0.1", port)) as server:
            server.settimeout(10)
            accepted: list[socket.socket] = []
            thread = threading.Thread(target=lambda s=server, a=accepted: a.append(s.accept()[0]))
            thread.start()
            end = time.monotonic() + 10
            while thread.is_alive() and time.monotonic() < end:
                link.receive(0.05)
            thread.join()
            with accepted[0] as sender:
                sender.sendall(word)
                assert [chunk for chunk, _ in collect(link, 5)] == [word]
        assert until(link, BREAK) == [BREAK]
        assert link.state == "lost"
    link.close()


def test_tcp_client_backs_off(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    tries: list[float] = []

    def refuse(*_: object, **__: object) -> socket.socket:
        tries.append(now_s)
        raise ConnectionRefusedError(111, "Connection refused")

    def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(tcp, "time", SimpleNamespace(monotonic=lambda: now_s, sleep=sleep))
    link = TcpClientLink("127.0.0.1", 1)
    link.open()
    while now_s < 1036:
        assert link.receive(0.05) == []
    waits = [b - a for a, b in pairwise(tries)]
    assert tries[0] == 1000.0
    assert waits == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10], abs=1e-6)
    assert (link.state, link.note) == ("waiting", "no connection: Connection refused; trying again")


def test_tcp_client_is_quick_again_after_data(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    tries: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def connect(*_: object, **__: object) -> socket.socket:
            tries.append(now_s)
            if len(tries) != 4:
                raise ConnectionRefusedError(111, "Connection refused")
            sock = socket.socket()
            sock.connect(server.getsockname())
            sender, _ = server.accept()
            sender.sendall(b"data")
            sender.close()
            return sock

        def sleep(seconds: float) -> None:
            nonlocal now_s
            now_s += seconds

        clock = SimpleNamespace(monotonic=lambda: now_s, sleep=sleep, time_ns=time.time_ns)
        monkeypatch.setattr(socket, "create_connection", connect)
        monkeypatch.setattr(tcp, "time", clock)
        link = TcpClientLink("127.0.0.1", 1)
        link.open()
        received: list[bytes] = []
        while len(tries) < 7:
            received += [octets for octets, _ in link.receive(0.05)]
        link.close()
    assert received == [b"data", BREAK]
    waits = [b - a for a, b in pairwise(tries)]
    # It may have been about to wait for longer when the data came; from then on it begins anew.
    assert waits[4:] == pytest.approx([0.2, 0.4], abs=1e-6)


def test_tcp_client_outlives_a_sender_that_resets_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()

        def connect(*_: object, **__: object) -> socket.socket:
            sock = socket.socket()
            sock.connect((host, port))
            sender, _ = server.accept()
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sender.close()  # without lingering: a reset, no end
            return sock

        monkeypatch.setattr(socket, "create_connection", connect)
        link = TcpClientLink(host, port)
        link.open()
        received = link.receive(5)
        assert [octets for octets, _ in received] == [BREAK]
        assert link.state == "lost"
        assert "reset" in link.note
        link.close()


def test_file_once(tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    path = tmp_path / "pass.bin"
    path.write_bytes(content)
    link = FileLink(path)
    link.open()
    assert not link.live
    assert b"".join(chunk for chunk, _ in collect(link, len(content))) == content
    assert link.receive(0.5) == []
    assert link.state == "ended"
    link.close()
    resumed = FileLink(path, resume_octets=999_990)
    resumed.open()
    assert b"".join(chunk for chunk, _ in collect(resumed, 10)) == content[-10:]
    resumed.close()
    read = FileLink(path, resume_octets=1_000_000)
    read.open()
    assert read.receive(0.5) == []
    assert read.state == "ended"
    read.close()
    shorter = FileLink(path, resume_octets=1_000_001)
    shorter.open()
    received = [chunk for chunk, _ in collect(shorter, len(content))]
    assert (received[0], b"".join(received)) == (BREAK, content)
    shorter.close()
    with pytest.raises(LinkError, match="no such file") as caught:
        FileLink(tmp_path / "absent.bin").open()
    assert caught.value.permanent


def test_a_followed_file_that_went_since_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "rotated.bin"
    link = FileLink(path, follow=True, resume_octets=10)
    link.open()
    assert (link.state, link.receive(0)) == ("waiting", [])
    path.write_bytes(b"a new file of more octets than were read of the old one")
    assert [octets for octets, _ in link.receive(1)] == [BREAK, path.read_bytes()]
    link.close()


def test_file_followed_as_it_comes_grows_and_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "growing.bin"
    link = FileLink(path, follow=True)
    link.open()
    assert link.live
    assert link.receive(0.1) == []
    assert link.state == "waiting"
    with path.open("wb") as file:
        for word in (b"one", b"two", b"three"):
            file.write(word)
            file.flush()
            assert until(link, word) == [word]
    path.write_bytes(b"new")
    assert until(link, b"new") == [BREAK, b"new"]
    (tmp_path / "other").write_bytes(b"a rotated file")
    os.replace(tmp_path / "other", path)
    assert until(link, b"a rotated file") == [BREAK, b"a rotated file"]
    link.close()


def test_a_followed_file_that_cannot_be_read_for_a_while_is_no_end(tmp_path: Path) -> None:
    path = tmp_path / "growing.bin"
    path.write_bytes(b"one")
    thread = Receiver("growing", FileLink(path, follow=True))
    thread.start()

    def taken(octets: bytes) -> list[bytes]:
        found: list[bytes] = []
        end = time.monotonic() + 10
        while octets not in found and time.monotonic() < end:
            found += [chunk for chunk, _ in thread.take(1 << 20)]
            time.sleep(0.01)
        return found

    assert taken(b"one") == [b"one"]
    path.unlink()
    path.mkdir()  # whatever the reason, for whoever may read everything: nothing that can be opened
    told: list[str] = []
    end = time.monotonic() + 10
    while not told and time.monotonic() < end:
        told += [notice.code for notice in thread.notices()]
        time.sleep(0.01)
    assert told == ["link-lost"]
    path.rmdir()
    path.write_bytes(b"two")
    assert taken(b"two") == [BREAK, b"two"]
    assert (thread.link.state, thread.link.note) == ("locked", "")
    thread.stop()
    thread.join(5)


class Endless(FileLink):
    """Gives an octet whenever it is asked, and counts them."""

    given = 0

    def receive(self, timeout_s: float) -> Received:
        self.given += 1
        return [(b"x", self.given)]


def test_all_that_a_link_gave_is_kept_however_long_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    link = Endless(tmp_path / "any")
    thread = Receiver("endless", link)
    thread.start()
    assert thread.tried.wait(5)
    thread.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert len(thread.take(1 << 30)) == link.given > 0


class Flood(Endless):
    """Gives three datagrams of ten octets whenever it is asked; its sender does not wait."""

    can_wait = False

    def receive(self, timeout_s: float) -> Received:
        self.given += 3
        return [(bytes(10), self.given)] * 3


def test_datagrams_that_memory_has_no_room_for_are_counted(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    link = Flood(tmp_path / "any")
    thread = Receiver("flood", link, memory_octets=100)
    thread.start()
    end = time.monotonic() + 10
    while not thread.discarded and time.monotonic() < end:
        time.sleep(0.001)
    # The fourth time brings it from 90 octets to 120; from then on there is no room.
    first = thread.take(1 << 30)
    assert [at for _, at in first] == [3, 3, 3, 6, 6, 6, 9, 9, 9, 12, 12, 12]
    thread.stop()
    thread.join(10)
    assert not thread.is_alive()
    later = thread.take(1 << 30)
    assert len(first) + len(later) + thread.discarded == link.given
    assert thread.waiting_octets == 0


class Reluctant(FileLink):
    """Opens at the fourth attempt."""

    attempts = 0

    def open(self) -> None:
        self.attempts += 1
        if self.attempts < 4:
            raise LinkError("not yet")
        super().open()


def test_a_link_that_cannot_be_opened_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "TRY_AGAIN_S", 0.01)
    (tmp_path / "any").write_bytes(b"any")
    thread = Receiver("reluctant", Reluctant(tmp_path / "any"))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert [octets for octets, _ in thread.take(100)] == [b"any"]
    told = [notice.code for notice in thread.notices()]
    assert told == ["link-unusable", "link-opened", "link-ended"]
