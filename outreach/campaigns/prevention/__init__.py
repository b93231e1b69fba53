"""Inviting to check-ups: who, by which means, against whom it is compared, and what came of it."""
