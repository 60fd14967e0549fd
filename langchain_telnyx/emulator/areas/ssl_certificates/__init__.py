"""Certificates of buckets."""
