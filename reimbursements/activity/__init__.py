"""What each health professional bills, rolled up from the lines: by day, by kind of act, by year, and with whom."""
