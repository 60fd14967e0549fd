"""What all adapters use: connection options, capabilities, progress, manifests, errors."""
