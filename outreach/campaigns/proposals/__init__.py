"""Campaigns of calls that a mutual insurer proposes for its members; two people here decide."""
