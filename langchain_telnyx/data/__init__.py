"""What is known of Telnyx's models without asking."""
