"""What whoever runs campaigns sees: how far each is, who is at work, how it will end; and what leaves as a table."""
