"""Checks that run under every test."""
