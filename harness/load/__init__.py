"""The child processes that ask and load, and the histograms of what they recorded."""
