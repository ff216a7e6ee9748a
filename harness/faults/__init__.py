"""What can break. Every fault compiles to FIS experiment templates; see docs/faults.md for how to add one."""
