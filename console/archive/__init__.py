"""The archive: one SQLite file that the recorder writes and everyone reads."""
