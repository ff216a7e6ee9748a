"""The documents that commands can run on instances, one a file."""
