"""The embedded stack: a real multi-region storefront on loopback. Imports nothing of the harness outside it."""
