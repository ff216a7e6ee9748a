"""The documents that automations can run, one a file."""
