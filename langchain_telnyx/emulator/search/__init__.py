"""Embedded buckets: passages, their vectors, and finding the nearest."""
