"""Which environments exist: the pool that requests lease from, sandboxes made ahead, and provisioned concurrency."""
