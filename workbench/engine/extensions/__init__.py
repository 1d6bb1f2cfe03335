"""The Extensions API: what each extension of an environment may do when, and what it is told."""
