"""The pages: campaigns for who prepares and runs them, the workstation for who calls."""
