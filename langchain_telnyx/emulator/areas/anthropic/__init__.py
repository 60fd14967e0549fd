"""Anthropic Messages: chat in the form of Anthropic's API."""
