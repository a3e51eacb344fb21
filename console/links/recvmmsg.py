"""Linux ``recvmmsg``: many datagrams in one call, with the kernel's own reception times.

Each system call made from Python gives the interpreter lock away and may wait 5 ms to get it back;
at 2,200 datagrams a second one call each loses them while a decoder computes. One call for up to
256 datagrams does not (recvmmsg(2), socket(7) ``SO_TIMESTAMPNS``).
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import mmap
import socket
import struct
import sys
import time
from typing import Any

from console.links.base import Received

_STRIDE = 65_536
_CONTROL = 64
_MSG_DONTWAIT = 0x40
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h, SO_TIMESTAMPNS_OLD: two 64-bit numbers
_TIME_CONTROL = struct.Struct("=QiiqQ")  # cmsg_len, cmsg_level, cmsg_type, seconds, nanoseconds


class _IoVec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _MsgHdr(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.POINTER(_IoVec)),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _MMsgHdr(ctypes.Structure):
    _fields_ = (("header", _MsgHdr), ("octets", ctypes.c_uint))


@functools.cache
def _recvmmsg() -> Any:
    """Return the C library's function, or None where there is none (64-bit Linux only)."""
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    try:
        function = ctypes.CDLL(None, use_errno=True).recvmmsg
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p]
    function.restype = ctypes.c_int
    return function


def is_available() -> bool:
    """Whether this system can receive in blocks."""
    return _recvmmsg() is not None


class DatagramBlock:
    """Room for ``size`` datagrams of one non-blocking socket, used again for each call."""

    def __init__(self, sock: socket.socket, size: int) -> None:
        self._function = _recvmmsg()
        self._descriptor = sock.fileno()
        self._size = size
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        # Anonymous memory: only pages that a datagram touched are ever real.
        self._data = mmap.mmap(-1, size * _STRIDE)
        self._control = bytearray(size * _CONTROL)
        data = ctypes.addressof(ctypes.c_char.from_buffer(self._data))
        control = ctypes.addressof(ctypes.c_char.from_buffer(self._control))
        self._vectors = (_IoVec * size)()
        self._messages = (_MMsgHdr * size)()
        for i in range(size):
            self._vectors[i].base, self._vectors[i].length = data + i * _STRIDE, _STRIDE
            header = self._messages[i].header
            header.iov, header.iovlen = ctypes.pointer(self._vectors[i]), 1
            header.control, header.controllen = control + i * _CONTROL, _CONTROL

    def take(self) -> Received:
        """Return the datagrams that wait, without waiting for any."""
        count = self._function(self._descriptor, self._messages, self._size, _MSG_DONTWAIT, None)
        if count <= 0:
            return []
        now_ns = time.time_ns()
        view = memoryview(self._data)
        received: Received = []
        for i in range(count):
            message = self._messages[i]
            octets = message.octets
            if octets:
                at_ns = self._time_ns(i, message.header.controllen, now_ns)
                received.append((bytes(view[i * _STRIDE : i * _STRIDE + octets]), at_ns))
            message.header.controllen = _CONTROL
        return received

    def _time_ns(self, i: int, controllen: int, now_ns: int) -> int:
        if controllen < _TIME_CONTROL.size:
            return now_ns
        _, level, kind, seconds, nanoseconds = _TIME_CONTROL.unpack_from(self._control, i * _CONTROL)
        if level != socket.SOL_SOCKET or kind != _SO_TIMESTAMPNS:
            return now_ns
        return int(seconds * 1_000_000_000 + nanoseconds)
