"""What becomes of an event at its end: records for destinations, dead letters, and the inbox for what nobody else receives."""
