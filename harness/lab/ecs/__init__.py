"""ECS: clusters whose one service runs the storefront as tasks, each task a process."""
