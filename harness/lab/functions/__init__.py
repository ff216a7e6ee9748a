"""Lambda functions whose code runs, each execution environment a process of its own."""
