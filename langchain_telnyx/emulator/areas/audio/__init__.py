"""Speech to text: registered and stored transcripts of recordings, and offline recognition."""
