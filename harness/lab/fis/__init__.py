"""The lab's own Fault Injection Service: templates, experiments, and actions with real effects."""
