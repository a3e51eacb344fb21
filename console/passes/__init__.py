"""When a spacecraft is over a station, and where to look for it: orbits, passes, eclipses."""
