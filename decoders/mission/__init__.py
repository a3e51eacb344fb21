"""The mission database: what the bytes mean."""
