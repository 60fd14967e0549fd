"""Text to speech: audio of a tone or of a synthesizer, and the voices."""
