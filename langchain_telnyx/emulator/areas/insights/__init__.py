"""Insights: templates, groups of them, and what they find in conversations."""
