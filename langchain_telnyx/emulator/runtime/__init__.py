"""What every area stands on: the clock, ids, chance, and background jobs."""
