"""A copy of a run's folder in which nothing says whose system it was: consistent pseudonyms for what identifies."""
