"""Who of the staff is there, and who is given what."""
