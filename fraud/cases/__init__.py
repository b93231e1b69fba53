"""Cases: what investigators make of reports, from triage to an outcome with money and law recorded."""
