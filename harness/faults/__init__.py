"""What can break. Every fault compiles to FIS experiment templates; see docs/extending.md for how to add one."""
