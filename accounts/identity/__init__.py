"""Insured people who sign in: accounts, second factors, one-time codes, open sessions."""
