"""Model catalogue: limits, capabilities, prices."""
