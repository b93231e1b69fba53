"""Appointments that people told an adviser about, what made them difficult, and reminders that say nothing of them."""
