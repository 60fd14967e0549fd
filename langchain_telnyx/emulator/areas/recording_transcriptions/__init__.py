"""Transcriptions of call recordings."""
