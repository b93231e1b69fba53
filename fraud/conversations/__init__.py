"""Talking with an adviser."""
