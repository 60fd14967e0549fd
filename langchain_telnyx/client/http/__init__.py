"""HTTP: the only folder of the client that imports httpx and httpcore.

`requests` turns a `Call` into a request. `pools` holds connections, `shards` leases one to each
exchange, and `transports` sends requests with the library that `core` chooses, over the streams of
`network_streams` and `loop_streams`. `responses` wraps its responses. `guarded` protects a client
that the user passed in, `instrumented` detects recorders, mocks and tracers, and `faults` maps the
library's exceptions to ours. `sync_runner` and `async_runner` run flows.
"""
