"""What `ChatTelnyx` is made of: pure functions between LangChain and the wire, an idea a file."""
