"""Messages about signing in: codes and notices that accounts posts and this floor carries away, at most once."""
