"""Everything that happens, told: what an environment says, the one stream with its journal and its followers."""
