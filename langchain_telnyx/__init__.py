"""Telnyx AI for LangChain."""
