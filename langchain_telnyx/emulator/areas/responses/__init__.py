"""OpenAI's Responses on the chat model, with a conversation for its memory."""
