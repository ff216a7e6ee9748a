"""The application under test: a small shop, one process an instance."""
