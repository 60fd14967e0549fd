"""The names of version 1.0.0 and of langchain-openai, understood or refused."""
