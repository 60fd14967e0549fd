"""From a file to passages: text out of each format, then chunks."""
