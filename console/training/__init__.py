"""Sample telemetry for training: spacecraft that are simulated, links that are real."""
