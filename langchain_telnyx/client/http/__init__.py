"""The I/O shell: the only folder of the client that knows httpx, and httpcore beneath it.

`requests` makes a request of a `Call`, `pools` holds connections, `shards` gives them width,
`carriers` hands requests to the library, over network streams of `wires`, and has `answers` of it,
`faults` turns its exceptions into ours, `faces` drives flows, once blocking, once awaiting.
"""
