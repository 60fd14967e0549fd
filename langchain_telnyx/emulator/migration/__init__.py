"""Copies of whole buckets into the account."""
