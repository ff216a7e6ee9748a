"""The control plane: AWS APIs whose records are kept by moto and whose behaviour is the lab's own."""
