"""The arithmetic of concurrency."""
