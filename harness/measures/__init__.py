"""What a run is judged by: pure functions of its history. Importing this package fills the registry.

See docs/measures.md for how to add one: a file here, a line in `kinds`, a test.
"""

from harness.measures import kinds

__all__ = ["kinds"]
