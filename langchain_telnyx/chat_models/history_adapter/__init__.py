"""Conversion of messages of any provider to messages of the API."""
