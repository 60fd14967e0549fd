"""Embedded buckets: files cut into passages, their vectors, and similarity search."""
