"""« Mes messages »: what was sent to a person, in their own space."""
