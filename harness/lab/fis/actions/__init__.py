"""What the lab can break, one action a file."""
