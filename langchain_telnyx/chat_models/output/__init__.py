"""Answers of the API, whole or in chunks, as LangChain messages."""
