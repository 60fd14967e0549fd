"""Text messages, sent and received."""
