"""Between the wire and the account: sockets, the in-process transport, auth, envelopes, streams."""
