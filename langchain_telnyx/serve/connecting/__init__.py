"""Connects a phone number at Telnyx to a served agent: `langchain-telnyx connect`."""
