"""Static data about Telnyx's models: profiles and prices."""
