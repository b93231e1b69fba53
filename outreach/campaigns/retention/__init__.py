"""The end of what is kept of calls: notes first, then the calls, then the people of closed lists."""
