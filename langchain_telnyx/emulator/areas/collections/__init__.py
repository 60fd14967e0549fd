"""AI Search: collections, and the search of their documents."""
