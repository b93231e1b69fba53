"""« Mes informations »: what is known of a person, what they chose, who looked at it, and their rights."""
