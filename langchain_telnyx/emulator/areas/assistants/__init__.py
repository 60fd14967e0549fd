"""Assistants: their settings, and chats with them."""
