"""Documents in embedded buckets: how they are written, found, read and deleted, as flows."""
