"""Shared by all areas: the clock, ids, random faults, and background jobs."""
