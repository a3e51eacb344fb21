"""Where the sample missions lie, and what the program keeps for its user."""

from __future__ import annotations

from pathlib import Path

from console.resources import samples_folder as samples_dir


def data_dir() -> Path:
    """Return the user's data folder for archives, made where it is missing."""
    import platformdirs

    return Path(platformdirs.user_data_dir("okaeri", appauthor=False, ensure_exists=True))


__all__ = ["data_dir", "samples_dir"]
