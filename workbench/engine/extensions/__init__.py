"""The Extensions API: what each extension of an environment may do in which state, and the events it receives."""
