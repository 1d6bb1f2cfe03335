"""Which environments there are: the pool that requests take theirs from, those made ahead, provisioned concurrency."""
