"""The end of what was reported and said: what is past its term is deleted, by the database and by nobody else."""
