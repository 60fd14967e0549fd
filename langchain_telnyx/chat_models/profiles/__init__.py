"""What is known of models: limits, capabilities, prices."""
