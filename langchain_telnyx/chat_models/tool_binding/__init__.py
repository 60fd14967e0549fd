"""Tools and tool choices in the form of the API."""
