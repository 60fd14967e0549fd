"""What `langchain_telnyx.webhooks` is made of: signatures, and the events that are signed."""
