"""Semantic search of conversations."""
