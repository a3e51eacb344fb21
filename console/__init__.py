"""Okaeri: the telemetry and operations console for capsules coming home."""

__version__ = "0.1.0"
