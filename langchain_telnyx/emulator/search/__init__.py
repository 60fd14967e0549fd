"""Search of embedded buckets: passages, vectors, and nearest neighbors."""
