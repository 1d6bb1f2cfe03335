"""Durable executions: the first invocation of one, with the steps that it records; what needs a later one is refused by name."""
