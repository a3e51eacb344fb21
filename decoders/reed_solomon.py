"""The Reed–Solomon codes of 131.0-B-5 §4: frames to interleaved code blocks and back, corrected.

A code block is looked at through tables: what each symbol at each place adds to eight of the syndromes
is one 64-bit word, so that a check is a gather and an exclusive or. Eight consecutive roots see every
pattern of up to eight symbol errors, and miss others with a probability of 2⁻⁶⁴. Only codewords that
show errors are decoded, all of them at once (``decoders.reed_solomon_errors``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from decoders.galois import EXP, FROM_DUAL, LOG, ORDER, SAME, TO_DUAL, ZERO, multiply
from decoders.reed_solomon_errors import error_values

_SYNDROMES_A_WORD = 8
_BLOCKS, _CODEWORDS = 128, 2048
"""Blocks checked, and codewords corrected, at once: their words stay in the cache."""


class ReedSolomon:
    """One Reed–Solomon code: (255, 223) or (255, 239), interleaved and perhaps shortened."""

    def __init__(
        self,
        data_octets: Literal[223, 239] = 223,
        interleave: int = 1,
        *,
        dual_basis: bool = True,
        virtual_fill: int = 0,
    ) -> None:
        """``virtual_fill`` octets of each codeword are zeros that are not sent (§4.3.7).

        Raises ``ValueError`` for what the standard does not know.
        """
        if data_octets not in (223, 239):
            raise ValueError(f"Reed–Solomon (255,{data_octets}): the codes are (255,223) and (255,239)")
        if interleave not in range(1, 9):
            raise ValueError(f"interleave is {interleave}; it is 1 to 8")
        if not 0 <= virtual_fill < data_octets:
            raise ValueError(f"virtual_fill is {virtual_fill}; it is 0 to {data_octets - 1}")
        self.interleave, self.virtual_fill = interleave, virtual_fill
        self.parity_octets = ORDER - data_octets
        self.frame_octets = interleave * (data_octets - virtual_fill)
        """Octets of a transfer frame."""
        self.block_octets = interleave * (ORDER - virtual_fill)
        """Octets of its code block."""
        self._sent = ORDER - virtual_fill
        self._tables = _Tables.of(self.parity_octets, dual_basis)
        self._places = (np.arange(virtual_fill, ORDER, dtype=np.intp) * 256)[:, None]
        self._places_of_block = np.repeat(self._places, interleave, axis=0)

    def encode(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the ``(n, block_octets)`` code blocks of ``(n, frame_octets)`` frames."""
        tables, count = self._tables, len(frames)
        data = frames.reshape(count, self.frame_octets // self.interleave, self.interleave)
        at = data + self._places[: data.shape[1]]
        checks = np.stack([np.bitwise_xor.reduce(table[at], axis=1) for table in tables.parity], axis=2)
        symbols = checks.view(np.uint8)
        sent = symbols.transpose(0, 2, 1).reshape(count, self.interleave * self.parity_octets)
        return np.concatenate([frames, sent], axis=1)

    def decode(self, blocks: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        """Return the ``(n, frame_octets)`` frames of ``(n, block_octets)`` code blocks, and ``(n,)`` counts.

        A count is of the symbols corrected in all codewords of a frame, check symbols included, and -1
        where one of them could not be corrected; that one stays as it was received.
        """
        count = len(blocks)
        seen = np.concatenate(
            [
                self._looked_at(blocks[first : first + _BLOCKS], 0).T.ravel()
                for first in range(0, max(count, 1), _BLOCKS)
            ]
        )
        damaged = seen.nonzero()[0]
        frames, corrected = blocks[:, : self.frame_octets], np.zeros(count, np.int16)
        if not len(damaged):
            return frames, corrected
        frames = frames.copy()
        rows, ways = np.divmod(damaged, self.interleave)
        words = blocks.reshape(count, self._sent, self.interleave)[rows, :, ways]
        parts = [
            self._correct(words[first : first + _CODEWORDS], seen[damaged[first : first + _CODEWORDS]])
            for first in range(0, len(words), _CODEWORDS)
        ]
        mended, counts = (np.concatenate(part) for part in zip(*parts, strict=True))
        data = frames.reshape(count, -1, self.interleave)
        data[rows, :, ways] = mended[:, : data.shape[1]]
        np.add.at(corrected, rows, counts)
        corrected[rows[counts < 0]] = -1
        return frames, corrected

    def _looked_at(self, blocks: NDArray[np.uint8], number: int) -> NDArray[np.uint64]:
        """Return eight syndromes of each codeword in a word, ``(interleave, n)``.

        ``blocks`` may be single codewords, ``(n, sent)``, too.
        """
        ways = blocks.shape[1] // self._sent
        # Place by place: one small table is in use at a time, and rows of words are added up whole.
        at = np.empty(blocks.T.shape, np.intp)
        np.add(blocks.T, self._places if ways == 1 else self._places_of_block, out=at)
        words = self._tables.syndromes[number].take(at).reshape(self._sent, -1)
        return np.asarray(np.bitwise_xor.reduce(words, axis=0).reshape(ways, len(blocks)))

    def _correct(
        self, words: NDArray[np.uint8], seen: NDArray[np.uint64]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        """Correct ``(m, sent)`` damaged codewords, whose first syndromes were ``seen``.

        Returns them and how many symbols changed, or -1.
        """
        tables = self._tables
        packed = [seen, *(self._looked_at(words, number)[0] for number in range(1, len(tables.syndromes)))]
        syndromes = np.stack(packed, axis=1).view(np.uint8).reshape(len(words), -1)
        row, place, value, counts = error_values(syndromes, tables.first_root)
        outside = place < self.virtual_fill
        if outside.any():
            counts[row[outside]] = -1
        keep = counts[row] >= 0
        row, place, value = row[keep], place[keep] - self.virtual_fill, value[keep]
        mended = words.copy()
        # The bases differ by a linear map: an error has its value in the other one by itself.
        mended[row, place] ^= tables.written[value]
        return mended, counts


class _Tables:
    """What a symbol at a place of the codeword adds to syndromes and check symbols, packed in words."""

    def __init__(self, parity_octets: int, dual_basis: bool) -> None:
        self.first_root = 128 - parity_octets // 2
        self.written = TO_DUAL if dual_basis else SAME
        self._read = FROM_DUAL if dual_basis else SAME
        roots = self.first_root + np.arange(parity_octets)
        degree = ORDER - 1 - np.arange(ORDER)
        logs = LOG[self._read]
        self.syndromes = [
            self._packed(
                EXP[
                    np.minimum(logs[None, :, None], ZERO)
                    + (degree[:, None, None] * roots[None, None, first : first + _SYNDROMES_A_WORD]) % ORDER
                ]
            )
            for first in range(0, parity_octets, _SYNDROMES_A_WORD)
        ]
        remainders = self._remainders(parity_octets)
        self.parity = [
            self._packed(
                self.written[multiply(self._read[None, :, None], remainders[:, None, first : first + 8])]
            )
            for first in range(0, parity_octets, 8)
        ]

    @staticmethod
    def _packed(octets: NDArray[np.uint8]) -> NDArray[np.uint64]:
        """Return ``(places, 256, 8)`` octets as one word for each place and symbol."""
        return np.ascontiguousarray(octets).view(np.uint64).ravel()

    def _remainders(self, parity_octets: int) -> NDArray[np.uint8]:
        """Return the check symbols, first sent first, of a one at each data place (§4.3.5)."""
        generator = np.ones(1, np.uint8)
        for root in range(self.first_root, self.first_root + parity_octets):
            longer = np.zeros(len(generator) + 1, np.uint8)
            longer[:-1] = generator
            longer[1:] ^= multiply(generator, EXP[root % ORDER])
            generator = longer
        rows, remainder = [], np.zeros(parity_octets, np.uint8)
        remainder[-1] = 1
        for _ in range(parity_octets):  # x^0 … x^(parity - 1) times x^parity comes by stepping on
            remainder = self._step(remainder, generator)
        for _ in range(ORDER - parity_octets):
            rows.append(remainder)
            remainder = self._step(remainder, generator)
        return np.stack(rows[::-1])

    @staticmethod
    def _step(remainder: NDArray[np.uint8], generator: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Multiply a remainder by x, modulo the generator; highest degree first."""
        shifted = np.append(remainder[1:], np.uint8(0))
        return shifted ^ multiply(generator[1:], remainder[0])

    @staticmethod
    @lru_cache(maxsize=4)
    def of(parity_octets: int, dual_basis: bool) -> _Tables:
        """Return the tables of a code; they are made once."""
        return _Tables(parity_octets, dual_basis)
