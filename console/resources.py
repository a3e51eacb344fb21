"""Where the files that travel with the program lie: in a checkout or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def asset_folder() -> Path:
    """Return the folder with fonts, coastlines, icons and translations."""
    inside = _HERE / "_assets"
    return inside if inside.is_dir() else _HERE.parent / "assets"


def samples_folder() -> Path:
    """Return the folder with the sample missions."""
    inside = _HERE / "_samples"
    return inside if inside.is_dir() else _HERE.parent / "telemetry_samples"
