"""The control plane: AWS APIs whose records are kept by moto and whose behaviour is the lab's own.

Whatever of it is imported, moto is loaded first as `records` wants it.
"""

from harness.lab.control import records

__all__ = ["records"]
