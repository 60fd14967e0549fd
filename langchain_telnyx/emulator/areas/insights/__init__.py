"""Insights: templates, groups of templates, and their results for conversations."""
