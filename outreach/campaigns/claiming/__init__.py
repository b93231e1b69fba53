"""The list as work: one call at a time for each adviser, person and number; what was said; what follows."""
