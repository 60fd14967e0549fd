"""What the transcription loader and parser are made of."""
