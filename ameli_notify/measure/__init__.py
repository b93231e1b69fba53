"""Measuring the house: populations of any size, the bench and the crash run."""
