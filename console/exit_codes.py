"""How a command ended, for whoever started it."""

from __future__ import annotations

OK = 0
DAMAGE = 1
"""Finished, with damage in the data."""
USAGE = 2
"""Wrong usage, or a definition that cannot be used."""
UNREADABLE = 3
"""Input that cannot be read."""
