"""AI Search: collections, and the documents that are found in them."""
