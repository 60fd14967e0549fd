"""HTTP for the account: sockets, the in-process transport, auth, envelopes, streams."""
