"""One invocation: its request, its result, and a response that is streamed to its caller."""
