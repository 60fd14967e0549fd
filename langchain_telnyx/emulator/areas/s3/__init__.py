"""Telnyx Cloud Storage by the S3 protocol."""
