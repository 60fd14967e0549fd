"""The I/O shell: the only folder of the client that knows httpx, and the library beneath it.

`requests` makes a request of a `Call`, `pools` holds connections, `shards` lends each to one
exchange, `carriers` hands requests to the library that `core` chooses, over network streams of
`wires` and `loop_streams`, and has `answers` of it, `guarded` guards a client of the user's,
`watched` finds who wants to see requests, `faults` turns the library's exceptions into ours,
`faces` drives flows, once blocking, once awaiting.
"""
