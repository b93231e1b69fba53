"""What a mutual insurer is told of fraud over the API: alerts about its members, and shared signals."""
