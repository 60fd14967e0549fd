"""Agent memory: namespaces, profiles, and memories extracted from sessions."""
