"""Whom a campaign reaches: counted first, then frozen, in chunks that one transaction each does or leaves."""
