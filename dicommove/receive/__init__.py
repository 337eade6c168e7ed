"""TAKE IN: our Storage SCP, from the socket to the sink."""
