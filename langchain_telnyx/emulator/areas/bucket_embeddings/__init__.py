"""Embedded buckets: files split into chunks, their vectors, and similarity search."""
