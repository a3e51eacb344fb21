"""Bytes to values: CCSDS frames, packets, fields, calibration and limits, on numpy alone."""
