"""The I/O shell: the only folder of the client that knows httpx.

`requests` makes a request of a `Call`, `pools` holds connections, `shards` gives them width,
`faults` turns transport exceptions into ours, `faces` drives flows, once blocking, once awaiting.
"""
