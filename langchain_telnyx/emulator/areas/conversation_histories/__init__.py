"""Conversations searched by meaning."""
