"""Web search: results, contents of pages, and research."""
