"""Calls read again by somebody else than their adviser: a random few a week, along a grid, told kindly."""
