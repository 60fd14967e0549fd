"""Extract text from files of each format, and split it into chunks."""
