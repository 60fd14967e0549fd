"""Key-value namespaces."""
