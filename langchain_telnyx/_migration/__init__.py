"""The names of version 1.0.0 and of langchain-openai, which this package understands or refuses."""
