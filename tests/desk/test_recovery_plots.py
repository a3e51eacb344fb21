"""The plots of the recovery layout are called what they show."""

from __future__ import annotations

import sys
from pathlib import Path

from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent))

from pass_scene import sample_mission

from console.desk.layouts import recovery_plots

VELOCITY = ("rs_vel_ecef_ms_x", "rs_vel_ecef_ms_y", "rs_vel_ecef_ms_z")
"""MISSION: the capsule sends no speed, only the three components of its GNSS velocity."""


def test_velocity_is_called_velocity_and_has_all_its_components() -> None:
    height = recovery_plots(sample_mission())[0]
    assert height.parameters == ("rs_alt_m", *VELOCITY)
    assert height.title == "Altitude and velocity (ECEF)"


def test_a_vehicle_that_tells_no_velocity_has_a_plot_of_its_height_alone() -> None:
    mission = sample_mission()
    silent = replace(mission, vehicles=tuple(replace(v, velocity_ecef_ms=()) for v in mission.vehicles))
    height = recovery_plots(silent)[0]
    assert height.parameters == ("rs_alt_m",)
    assert height.title == "Altitude"
