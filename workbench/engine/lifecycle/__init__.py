"""A sandbox from INIT to SHUTDOWN, and the sandboxes of an environment one after the other."""
