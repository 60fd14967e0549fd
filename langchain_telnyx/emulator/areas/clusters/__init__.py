"""Clusters of an embedded bucket: its passages grouped by theme, named and drawn."""
