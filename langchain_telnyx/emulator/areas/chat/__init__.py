"""Chat completions, and a list of models."""
