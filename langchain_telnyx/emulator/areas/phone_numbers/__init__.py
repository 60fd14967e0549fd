"""Phone numbers and their connections."""
