"""What conversations and LangChain's messages and documents have to do with each other."""
