"""Loading of assures-v1 files: people, their addresses with history, preferences, conditions, memberships."""
