"""Transcripts: their sentences, their lines, and how words become text in every script."""
