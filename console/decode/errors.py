"""What ends ``okaeri decode`` before it wrote anything."""

from __future__ import annotations

from console.exit_codes import USAGE


class DecodeError(Exception):
    """The command cannot go on; ``code`` is its exit code."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code
