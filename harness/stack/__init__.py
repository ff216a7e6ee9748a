"""The deployed multi-region system that a drill runs against."""
