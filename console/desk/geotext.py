"""Positions, angles and distances in words."""

from __future__ import annotations


def angle_text(degrees: float, sides: str, step_deg: float = 1.0) -> str:
    """Write a graticule's angle: ``153°15′E``, whole degrees where the step is such."""
    side = sides[0] if degrees >= 0 else sides[1]
    minutes = round(abs(degrees) * 60)
    if step_deg >= 1 and minutes % 60 == 0:
        return f"{minutes // 60}°{side if minutes else ''}"
    return f"{minutes // 60}°{minutes % 60:02d}′{side}"


def position_text(latitude_deg: float, longitude_deg: float) -> str:
    """Write a position as read over the radio: ``24°33.445′ N  153°22.773′ E``."""
    return f"{minutes_text(latitude_deg, 'NS')}  {minutes_text(longitude_deg, 'EW')}"


def minutes_text(degrees: float, sides: str) -> str:
    """Write an angle in degrees and decimal minutes with its side."""
    thousandths = round(abs(degrees) * 60_000)
    whole, rest = divmod(thousandths, 60_000)
    width = 3 if sides == "EW" else 2
    return f"{whole:0{width}d}°{rest // 1000:02d}.{rest % 1000:03d}′ {sides[0] if degrees >= 0 else sides[1]}"


def decimal_text(latitude_deg: float, longitude_deg: float) -> str:
    """Write a position in decimal degrees with its sides: ``24.557417° N  153.379550° E``."""
    north, east = "N" if latitude_deg >= 0 else "S", "E" if longitude_deg >= 0 else "W"
    return f"{abs(latitude_deg):.6f}° {north}  {abs(longitude_deg):.6f}° {east}"


def distance_text(metres: float) -> str:
    """Write a distance: ``361 m``, ``11.6 km``, ``1 880 km``."""
    if metres < 1000:
        return f"{metres:.0f} m"
    km = metres / 1000
    return (
        f"{km:.1f} km" if km < 100 and round(km, 1) != round(km) else f"{km:,.0f} km".replace(",", "\u202f")
    )
