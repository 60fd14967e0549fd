"""Webhooks of Telnyx: text messages, and the beginning and end of an assistant's calls."""
