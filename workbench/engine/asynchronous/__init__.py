"""Asynchronous invocation: the durable queue of events, its clock, its retries, and what becomes of each event."""
