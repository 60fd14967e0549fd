"""Agent memory: what is remembered of whom, and how it got there."""
