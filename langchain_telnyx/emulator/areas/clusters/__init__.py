"""Clusters of an embedded bucket: passages grouped by topic, with names and a picture."""
