"""A sandbox from INIT to SHUTDOWN, and the successive sandboxes of an environment."""
