"""The Responses API, converted to chat completions, so that the same code handles both."""
