"""Everything that a partner may read of a period, as files: ordered, written by a job, fetched, gone after a day."""
