"""Durable executions: their first invocation, with the steps it records. What needs a later invocation is refused by name."""
