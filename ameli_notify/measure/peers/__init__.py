"""The peers' side of the bench: an application of peer_settings only, never of the product."""
