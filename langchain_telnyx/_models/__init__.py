"""What chat and embedding models share: what was learnt of servers, and what a token is."""
