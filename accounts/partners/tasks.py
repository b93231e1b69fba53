"""What django-q2 wakes up for partners."""

from accounts.partners import key_sets, tokens, usage


def forget() -> int:
    """Expired tokens and used assertions go; returns how many."""
    return tokens.forget()


def purge_usage() -> int:
    """Days of usage before the last thirteen months go; returns how many."""
    return usage.purge_usage()


def refresh_keys() -> int:
    """Look again at the JWKS addresses whose copy is old; returns how many gave a key set."""
    return key_sets.refresh_old()
