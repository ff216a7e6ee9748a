"""Links with real delay that can be cut: one process through which every hop of the lab goes."""
