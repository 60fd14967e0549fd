"""Webhooks: signed like the vendor's, sent to loopback, and retried after a failure."""
