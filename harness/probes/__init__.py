"""Questions to the system: the steady-state probes, and the prober and ledger processes that ask as clients do."""
