"""Migrations of buckets from other providers."""
