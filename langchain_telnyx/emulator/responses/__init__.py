"""OpenAI's Responses over the chat model: items in, items out, a conversation for a memory."""
