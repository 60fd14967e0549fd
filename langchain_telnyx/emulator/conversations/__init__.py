"""Conversations and what is made of them: messages, insights, aggregates, searchable histories."""
