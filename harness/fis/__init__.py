"""What AWS FIS knows: its actions, target types and SSM documents as data, and what can be wrong with a template."""
