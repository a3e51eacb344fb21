"""What several folders of tests share."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine must not fail a property that holds.
settings.register_profile("okaeri", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("okaeri")

CHECKOUT = Path(__file__).resolve().parent.parent


def real_folder() -> Path:
    """The folder of real telemetry: ``OKAERI_REAL_TELEMETRY``, or ``../shared/real`` of the checkout."""
    return Path(os.environ.get("OKAERI_REAL_TELEMETRY") or CHECKOUT.parent / "shared" / "real")


def _shipped_hs(name: str) -> Path | None:
    """The same housekeeping files inside the ccsdspy wheel, found without importing it."""
    found = importlib.util.find_spec("ccsdspy")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "tests" / "data" / "hs" / name.removeprefix("hs_")
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def real_telemetry() -> Callable[[str], tuple[Path, Path]]:
    """Give ``(packets, definitions)`` of ``jpss1``, ``hs_apid010``, …; skips where they are absent."""

    def find(name: str) -> tuple[Path, Path]:
        folder: Path | None = real_folder() / name
        if folder is None or not folder.is_dir():
            folder = _shipped_hs(name) if name.startswith("hs_") else None
        if folder is None:
            pytest.skip(f"real telemetry {name} is not in {real_folder()} (set OKAERI_REAL_TELEMETRY)")
        packets = next(path for path in sorted(folder.iterdir()) if path.suffix in (".tlm", ".DAT1"))
        return packets, next(iter(sorted(folder.glob("*.csv"))))

    return find
