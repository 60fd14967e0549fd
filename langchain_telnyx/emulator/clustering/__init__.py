"""Clusters of an embedded bucket: its passages grouped by theme, named, kept, and drawn."""
