"""Conversion of completions, complete or streamed, to LangChain messages."""
