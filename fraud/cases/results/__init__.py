"""What cases come to: counted, hidden where few are meant, shown in the console and published each year."""
