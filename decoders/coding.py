"""Code blocks to frames: the pseudo-randomiser taken off and Reed–Solomon corrected (131.0-B-5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decoders.link_format import LinkFormat
from decoders.packet_index import octets_at
from decoders.randomizer import randomize
from decoders.reed_solomon import ReedSolomon


class BlockCoding:
    """What a link does to each frame before its sync marker: nothing, randomising, Reed–Solomon, or both."""

    def __init__(self, link: LinkFormat) -> None:
        """Build the coding of a link; raises ``ValueError`` where it does not fit the frame's length."""
        self.frame_length = link.frame_length
        self.block_length = link.frame_length
        self._randomizer = link.randomizer
        self._last: tuple[bytes, tuple[bytes, NDArray[np.int64], NDArray[np.int16]]] | None = None
        self._code: ReedSolomon | None = None
        if link.reed_solomon:
            code = ReedSolomon(
                link.reed_solomon, link.interleave, dual_basis=link.dual_basis, virtual_fill=link.virtual_fill
            )
            if code.frame_octets != link.frame_length:
                raise ValueError(
                    f"frame_length is {link.frame_length}; Reed–Solomon (255,{link.reed_solomon}) with "
                    f"interleave {link.interleave} and {link.virtual_fill} octets of virtual fill carries "
                    f"{code.frame_octets}"
                )
            self._code, self.block_length = code, code.block_octets

    @property
    def plain(self) -> bool:
        """Whether frames are sent as they are."""
        return self._code is None and self._randomizer == "none"

    def decode(
        self, octets: bytes, starts: NDArray[np.int64]
    ) -> tuple[bytes, NDArray[np.int64], NDArray[np.int16]]:
        """Decode the blocks at ``starts``: a buffer with their frames, where each begins, symbols corrected.

        The count is -1 for a frame that could not be corrected, and 0 for all on a link without a code.
        """
        if self._last is not None and len(starts) == 1:
            block, decoded = self._last
            if octets[starts[0] : starts[0] + self.block_length] == block:
                return decoded
        blocks = octets_at(np.frombuffer(octets, np.uint8), starts, 0, self.block_length)
        if self._randomizer != "none":
            blocks = randomize(blocks, self._randomizer)
        if self._code is None:
            frames, corrected = blocks, np.zeros(len(blocks), np.int16)
        else:
            frames, corrected = self._code.decode(blocks)
        places = np.arange(len(frames), dtype=np.int64) * self.frame_length
        return frames.tobytes(), places, corrected

    def encode(self, frame: bytes) -> bytes:
        """Return the block that is sent for a frame."""
        blocks = np.frombuffer(frame, np.uint8)[None, :]
        if self._code is not None:
            blocks = self._code.encode(blocks)
        if self._randomizer != "none":
            blocks = randomize(blocks, self._randomizer)
        return blocks.tobytes()

    def good(self, block: bytes) -> bool:
        """Tell whether a block can be corrected; every block can without a code.

        What it holds is kept: on a live link it is the next one to be decoded.
        """
        decoded = self.decode(block, np.zeros(1, np.int64))
        self._last = block, decoded
        return bool(decoded[2][0] >= 0)
