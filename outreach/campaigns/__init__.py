"""Calls to people, kindly and once: campaigns, whom they reach, the next call, what advisers say and note."""
