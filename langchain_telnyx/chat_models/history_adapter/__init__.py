"""A history of messages, of any provider, as messages of the API."""
