"""What a campaign is: its purpose, hours, numbers and rules, and the two people who approve it."""
