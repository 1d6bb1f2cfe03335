"""Which invocations Lambda would let in: concurrency of accounts, reserved and provisioned, and how fast it may grow."""
