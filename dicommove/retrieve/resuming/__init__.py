"""GO ON: plans and results as the journal holds them, opened again in another process."""
