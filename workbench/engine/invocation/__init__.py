"""One request on its way: what is asked and answered, and a response that is streamed to its caller."""
