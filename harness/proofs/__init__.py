"""What shows that a fault took hold: each looks at one thing of the stack, before the fault and after it."""
