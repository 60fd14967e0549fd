"""Structured output: schemas, response formats, parsers, and retries."""
