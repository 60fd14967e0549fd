"""Presigned URLs of objects."""
