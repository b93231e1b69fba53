"""Letters of a case: their words by version, their making, and the act that makes one."""
