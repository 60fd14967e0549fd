"""What the service keeps at its edge: key-value namespaces, file systems, certificates."""
