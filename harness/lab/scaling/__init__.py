"""Auto Scaling: groups whose members are real processes, what launches and ends them, and what decides how many."""
