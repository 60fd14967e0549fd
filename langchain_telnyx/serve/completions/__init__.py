"""OpenAI's chat completions: the door of an assistant's custom LLM."""
