"""Where things lie: what travels with the program, and what it keeps for its user."""

from __future__ import annotations

from pathlib import Path

from console.resources import asset_folder as assets_dir
from console.resources import samples_folder as samples_dir


def data_dir() -> Path:
    """Return the user's data folder for archives, made where it is missing."""
    import platformdirs

    return Path(platformdirs.user_data_dir("okaeri", appauthor=False, ensure_exists=True))


__all__ = ["assets_dir", "data_dir", "samples_dir"]
