"""Webhooks: signed as the vendor signs them, sent to loopback, and sent again where that failed."""
