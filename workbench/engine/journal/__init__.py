"""The store of the stream: what happened, kept small, found again by number, invocation and word, bounded while it runs."""
