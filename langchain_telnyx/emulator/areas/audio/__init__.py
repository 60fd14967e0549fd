"""Speech to text: a registered or stored transcript of a recording, or a recognizer's."""
