"""The spacecraft of the sample mission, as physics drives them.

The capsule's orbit by SGP4, eclipse, battery and its cells, attitude with a slew, wheels, tanks, the
radio path to a station, GNSS errors, and cargo in its containers; the station module's cabin and loops.
Everything is in engineering values by parameter id; ``telemetry`` makes packets of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.mission import Station
from console.passes.orbit import LIGHT_KM_S, Orbit, Site, altitude_m, in_eclipse
from console.training.settings import Pass

DOWNLINK_MHZ = 2265.0
UPLINK_MHZ = 2085.0
UPLINK_EIRP_DBM = 69.0
NULL_DEPTH_DB = 24.0
BATTERY_WH = 720.0
BATTERY_OHM = 0.02
BASE_LOAD_W = 82.0
HEATER_W = 15.0
HEATER_DUTY = 0.22
SLEW_DEG_S = -0.30
SLEW_WIDTH_S = 19.0
ORBIT_RATE_DEG_S = -360.0 / (92.3 * 60.0)
WHEEL_RPM_PER_DEG_S = 60.0 / 0.0035 / 6.0
"""Body inertia over wheel inertia (kg m²), in rpm for a deg/s of the body."""
SEAL_LEAK_K = 1.24
SEAL_LEAK_TIME_S = 90.0
SUNLIT_ARRAY_W = (58.0, 41.0, 12.0, 33.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant of the pass: seconds since it began, and where the capsule is."""

    t_s: float
    position_km: NDArray[np.float64]
    velocity_km_s: NDArray[np.float64]
    sunlit: bool
    elevation_deg: float
    range_km: float
    range_rate_km_s: float


class Capsule:
    """The ELS-RS in free flight."""

    def __init__(self, orbit: Orbit, station: Station, plan: Pass, begin_ns: int, seed: int) -> None:
        """Begin the pass; ``seed`` drives the errors of navigation alone."""
        self._orbit, self._site, self._plan, self._begin_ns = orbit, Site.of(station), plan, begin_ns
        self._random = np.random.default_rng(seed)
        self._charge_wh = 0.955 * BATTERY_WH
        self._seal_k = 0.0
        self._box_b_degc, self._cooler_a, self._sink_degc = -81.2, 0.45, 24.0
        self._box_c_degc = 21.6
        self._gnss_error_m = np.zeros(3)
        self._frames = 84_212
        self._pulses = [311, 298, 305, 322, 287, 291, 300, 296]
        self.moment = self._moment(0.0)

    def advance(self, t_s: float, step_s: float) -> None:
        """Go on to an instant; battery, containers and navigation integrate over the step."""
        self.moment = self._moment(t_s)
        power_w = 0.92 * sum(self._array_w()) - self._load_w()
        self._charge_wh = min(max(self._charge_wh + power_w * step_s / 3600.0, 0.0), BATTERY_WH)
        if t_s > self._plan.seal_leaks_from_s:
            self._seal_k += (SEAL_LEAK_K - self._seal_k) * step_s / SEAL_LEAK_TIME_S
        self._cool(step_s)
        self._box_c_degc += (self._struct_degc(3) - self._box_c_degc) * step_s / 10_800.0
        # First-order Gauss–Markov: 2 m on each axis, 40 s
        self._gnss_error_m *= 1.0 - step_s / 40.0
        self._gnss_error_m += 2.0 * math.sqrt(2.0 * step_s / 40.0) * self._random.standard_normal(3)
        unload_s = self._plan.slew_s + 90.0
        if t_s - step_s < unload_s <= t_s:
            for thruster in (0, 2):
                self._pulses[thruster] += 2

    def frame_sent(self) -> None:
        """Count a frame."""
        self._frames += 1

    @property
    def hidden(self) -> bool:
        """Whether the antenna's null, or the horizon, stands between capsule and station."""
        first, last = self._plan.antenna_null_s
        return first <= self.moment.t_s < last or self.moment.t_s >= self._plan.signal_until_s

    def values(self) -> dict[str, float]:
        """Return engineering values at the present instant."""
        return self._power() | self._attitude() | self._navigation() | self._radio() | self._heat()

    def _moment(self, t_s: float) -> Moment:
        t_ns = self._begin_ns + round(t_s * 1e9)
        position, velocity = self._orbit.ecef(t_ns)
        seen = self._site.look(position, velocity)
        return Moment(
            t_s, position, velocity, not in_eclipse(position, t_ns),
            float(seen.elevation_deg), float(seen.range_km), float(seen.range_rate_km_s),
        )  # fmt: skip

    def _array_w(self) -> tuple[float, ...]:
        return SUNLIT_ARRAY_W if self.moment.sunlit else (0.0,) * 4

    def _load_w(self) -> float:
        t = self.moment.t_s
        heaters = sum((t + 17.0 * i) % 60.0 < 60.0 * HEATER_DUTY for i in range(4))
        turning = abs(self._pitch_rate(t + 2.0) - self._pitch_rate(t - 2.0)) / 0.1
        return BASE_LOAD_W + HEATER_W * heaters + 14.0 * turning

    def _power(self) -> dict[str, float]:
        array_w, charge = self._array_w(), self._charge_wh / BATTERY_WH
        open_v = 8 * (3.46 + 0.62 * charge)
        current_a = (0.92 * sum(array_w) - self._load_w()) / open_v
        bus_v = open_v + BATTERY_OHM * current_a
        values = {
            "rs_bus_voltage_v": bus_v, "rs_bus_current_a": self._load_w() / bus_v,
            "rs_bat_soc_pct": 100 * charge, "rs_bat_current_a": current_a,
        }  # fmt: skip
        for i, power_w in enumerate(array_w, 1):
            values[f"rs_array_power_w_{i}"] = power_w
        for i in range(8):
            values[f"rs_bat_cell_v_{i + 1}"] = bus_v / 8 + 0.004 * math.sin(2.1 * i)
        return values

    def _pitch_rate(self, t_s: float) -> float:
        return SLEW_DEG_S * math.exp(-(((t_s - self._plan.slew_s) / SLEW_WIDTH_S) ** 2))

    def _attitude(self) -> dict[str, float]:
        """Return attitude in LVLH (q scalar last): the slew about Y, small swings about X and Z."""
        t, rate = self.moment.t_s, self._pitch_rate(self.moment.t_s)
        swept = 1.0 + math.erf((t - self._plan.slew_s) / SLEW_WIDTH_S)
        pitch = math.radians(SLEW_DEG_S * SLEW_WIDTH_S * math.sqrt(math.pi) / 2 * swept) / 2
        roll_deg, yaw_deg = -0.072 * math.cos(t / 12.0), -0.048 * math.cos(t / 9.5)
        x, z = math.radians(roll_deg) / 2, math.radians(yaw_deg) / 2
        sin, cos = math.sin(pitch), math.cos(pitch)
        values = {
            "rs_att_q_1": cos * x + sin * z, "rs_att_q_2": sin, "rs_att_q_3": cos * z - sin * x,
            "rs_att_q_4": cos, "rs_rate_degs_x": 0.006 * math.sin(t / 12.0),
            "rs_rate_degs_y": ORBIT_RATE_DEG_S + rate,
            "rs_rate_degs_z": 0.005 * math.sin(t / 9.5) + 0.02 * rate,
            "rs_att_err_deg": math.hypot(roll_deg, yaw_deg, 1.3 * rate) + 0.03,
            "rs_wheel_speed_rpm_1": 1240.0 + 0.02 * t, "rs_wheel_speed_rpm_2": -620.0 - 0.008 * t,
            "rs_wheel_speed_rpm_3": -410.0 - WHEEL_RPM_PER_DEG_S * rate + 0.03 * t,
        }  # fmt: skip
        for i, pulses in enumerate(self._pulses, 1):
            values[f"rs_rcs_on_count_{i}"] = float(pulses)
        return values

    def _navigation(self) -> dict[str, float]:
        position_m = 1000.0 * self.moment.position_km + self._gnss_error_m
        values = {
            "rs_alt_m": altitude_m(position_m),
            "rs_gnss_sats": float(12 + round(1.4 * math.sin(self.moment.t_s / 90.0))),
            "rs_gnss_imu_diff_m": 9.0 + float(np.linalg.norm(self._gnss_error_m)),
        }
        for axis, x, v in zip("xyz", position_m, self.moment.velocity_km_s, strict=True):
            values[f"rs_pos_ecef_m_{axis}"] = float(x)
            values[f"rs_vel_ecef_ms_{axis}"] = 1000.0 * float(v)
        return values

    def _radio(self) -> dict[str, float]:
        now = self.moment
        first, last = self._plan.antenna_null_s
        null_db = NULL_DEPTH_DB * math.exp(-(((now.t_s - (first + last) / 2) / 3.2) ** 2))
        multipath_db = 1.8 * math.exp(-now.elevation_deg / 4.0) * math.sin(now.t_s / 1.7)
        pattern_db = 0.8 * math.sin(now.elevation_deg / 6.0) - null_db + multipath_db
        return {
            "rs_rx_agc_dbm": UPLINK_EIRP_DBM - free_space_db(now.range_km, UPLINK_MHZ) + pattern_db,
            "rs_doppler_hz": -now.range_rate_km_s / LIGHT_KM_S * DOWNLINK_MHZ * 1e6,
            "rs_tx_temp_degc": 21.0 + 14.0 * (1 - math.exp(-now.t_s / 260.0)),
            "rs_frame_count": float(self._frames),
        }

    def _struct_degc(self, number: int) -> float:
        """Return a structure temperature: in the shadow towards −25 °C with a time of an hour."""
        first = 3.0 + 3.0 * number
        return -25.0 + (first + 25.0) * math.exp(-self.moment.t_s / 3600.0)

    def _cool(self, step_s: float) -> None:
        """Let container B's cooler work between −81.4 and −80.9 °C; its sink follows with 80 s."""
        if self._box_b_degc > -80.9:
            self._cooler_a = 0.85
        elif self._box_b_degc < -81.4:
            self._cooler_a = 0.45
        self._box_b_degc += (0.004 if self._cooler_a < 0.6 else -0.006) * step_s
        self._sink_degc += (22.0 + 22.0 * (self._cooler_a - 0.45) - self._sink_degc) * step_s / 80.0

    def _heat(self) -> dict[str, float]:
        t = self.moment.t_s
        tank_k = 0.3 * math.sin(t / 95.0)
        values = {
            "rs_cargo_a_temp_degc_1": 4.02, "rs_cargo_a_temp_degc_2": 4.62 + self._seal_k,
            "rs_cargo_a_temp_degc_3": 4.26 + 0.2 * self._seal_k, "rs_cargo_a_temp_degc_4": 4.38,
            "rs_cooler_current_a": self._cooler_a, "rs_cooler_sink_degc": self._sink_degc,
        }  # fmt: skip
        for i in (1, 2):
            values[f"rs_cargo_b_temp_degc_{i}"] = self._box_b_degc - 0.15 * i
            values[f"rs_cargo_c_temp_degc_{i}"] = self._box_c_degc + 0.2 * i
            values[f"rs_bat_temp_degc_{i}"] = 18.2 + i + 0.4 * math.sin(t / 410.0)
            values[f"rs_tank_temp_degc_{i}"] = 21.4 + 0.3 * i + tank_k
            # At constant volume the pressurant's pressure follows its absolute temperature
            values[f"rs_tank_pressure_mpa_{i}"] = (2.016 - 0.004 * i) * (294.6 + tank_k) / 294.6
            values[f"rs_radiator_temp_degc_{i}"] = -32.0 + (20.0 - 3.0 * i) * math.exp(-t / 900.0)
        for i in range(1, 7):
            values[f"rs_struct_temp_degc_{i}"] = self._struct_degc(i)
        return values


class StationModule:
    """The Japan Module: a quiet night with one busy rack."""

    def __init__(self) -> None:
        self._water_k = 0.0

    def advance(self, t_s: float, step_s: float) -> None:
        """Go on to an instant; the cooling loop takes up the racks' heat with 120 s."""
        self._water_k += (self._busy_w(t_s) / 300.0 - self._water_k) * step_s / 120.0

    def values(self, t_s: float) -> dict[str, float]:
        """Return engineering values at an instant of the pass."""
        breath = 0.02 * math.sin(t_s / 75.0)
        values = {f"jm_cabin_pressure_kpa_{i}": 101.28 + 0.01 * i + breath for i in (1, 2, 3)}
        values |= {f"jm_cabin_temp_degc_{i}": 21.9 + 0.35 * i for i in range(1, 5)}
        values |= {f"jm_rack_power_w_{i}": 380.0 + 61.0 * i for i in range(1, 11)}
        values["jm_rack_power_w_4"] += self._busy_w(t_s)
        drawn_w = sum(values[f"jm_rack_power_w_{i}"] for i in range(1, 11))
        for bus, share, loss_v in (("a", 0.54, 0.0), ("b", 0.46, 0.2)):
            values[f"jm_pri_bus_a_{bus}"] = 6.0 + share * drawn_w / 121.0
            values[f"jm_pri_bus_v_{bus}"] = 121.9 - loss_v - 0.02 * values[f"jm_pri_bus_a_{bus}"]
        for i in range(1, 5):
            values[f"jm_ltl_temp_degc_{i}"] = 4.4 + 0.8 * (i - 1)
            values[f"jm_mtl_temp_degc_{i}"] = 17.2 + 1.4 * (i - 1) + (self._water_k if i > 1 else 0.0)
        values |= {f"jm_shell_temp_degc_{i}": 19.5 + 0.6 * i for i in range(1, 7)}
        values |= {f"jm_vc_fill_pct_{i}": 9.0 + 4.0 * (i * 5 % 7) for i in range(1, 9)}
        values["jm_ppo2_kpa_1"] = 21.3 + 0.2 * breath
        return values

    @staticmethod
    def _busy_w(t_s: float) -> float:
        return 240.0 if t_s % 180.0 < 60.0 else 0.0


def free_space_db(range_km: float, megahertz: float) -> float:
    """Return the free-space path loss."""
    return 32.45 + 20 * math.log10(max(range_km, 1.0)) + 20 * math.log10(megahertz)
