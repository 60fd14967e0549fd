"""Integration secrets: credentials of other services."""
