"""A professional's right of reply, by a code on paper, during the contradictory phase of a case."""
