"""SSL certificates of buckets."""
