"""The desk: the only rooms that import Qt."""
