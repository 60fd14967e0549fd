"""What `TelnyxInsights` is made of: templates, transcripts as text, and how a model is asked."""
