"""Sending a chat request: parameters, bound options, fallbacks for refused parameters."""
