"""The packets of a file to CSV, JSON or an archive."""
