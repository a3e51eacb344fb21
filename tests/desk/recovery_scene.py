"""Views of the sample mission with the capsule at a place, for the recovery panels."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyproj

from console.archive.shapes import Row
from console.desk.view import DeskView, TrackQuery
from console.recovery.track import Track
from decoders.timecode import parse_utc

S = 1_000_000_000
MAIN_NS = parse_utc("2026-11-18T22:25:00Z")
"""Under the main chute, by the sample mission's time-line."""
ZONE = (25.30, 156.20)
_TO_ECEF = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978")


def raw_position(latitude: float, longitude: float, height_m: float, down_m_s: float = 7.6) -> dict[str, int]:
    """Raw values of ``rs_nav`` for a place; falling straight down."""
    position = np.array(_TO_ECEF.transform(latitude, longitude, height_m))
    b, a = math.radians(latitude), math.radians(longitude)
    up = np.array([math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b)])
    raw = {f"rs_pos_ecef_m_{n}": round(float(v) / 0.01) for n, v in zip("xyz", position, strict=True)}
    raw |= {f"rs_vel_ecef_ms_{n}": round(float(v) / 1e-4) for n, v in zip("xyz", -down_m_s * up, strict=True)}
    return raw | {"rs_gnss_fix": 2, "rs_gnss_sats": 11}


def with_capsule(view: DeskView, latitude: float, longitude: float, height_m: float, age_s: float = 0.8,
                 **changes: int) -> DeskView:  # fmt: skip
    """The view with a newest GNSS packet of this place."""
    at = view.instant_ns - round(age_s * S)
    row = Row(9, at, at, 0, raw_position(latitude, longitude, height_m) | changes)
    return replace(view, latest={**view.latest, "rs_nav": row})


def with_track(view: DeskView, query: TrackQuery, latitude: list[float], longitude: list[float],
               height_m: float, end_s: float = 0.0) -> DeskView:  # fmt: skip
    """The view with the answer to a track query, a minute between its points, the last at the instant."""
    times = view.instant_ns + round(end_s * S) - 60 * S * np.arange(len(latitude))[::-1]
    track = Track(times, np.array(latitude), np.array(longitude), np.full(len(latitude), height_m))
    return replace(view, tracks={**view.tracks, query: track})
