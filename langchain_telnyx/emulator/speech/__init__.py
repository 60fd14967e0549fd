"""Speech to text: what a recording says, from whoever wrote it down, else by a recogniser."""
