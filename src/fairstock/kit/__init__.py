"""What every context shares and no trade word names: money, ids, clock, errors, objects, flow runs."""
