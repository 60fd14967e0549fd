"""Summaries of files."""
