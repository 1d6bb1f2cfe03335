"""Events: what an environment publishes, the one stream, its journal and its followers."""
