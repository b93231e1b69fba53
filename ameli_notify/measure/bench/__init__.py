"""Speed as ratios: every measure stands beside its ceiling or its peer, taken in the same run on the same machine."""
