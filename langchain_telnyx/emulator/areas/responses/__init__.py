"""OpenAI's Responses API on the chat model, with a conversation as memory."""
