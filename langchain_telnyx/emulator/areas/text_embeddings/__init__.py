"""OpenAI-compatible embeddings of texts."""
