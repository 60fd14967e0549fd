"""Usage of buckets: operations and bytes by the hour."""
