"""Conversation Relay: the door of a call whose speech Telnyx recognises and synthesises."""
