"""The Runtime API, and the HTTP and the refusals that all APIs of an environment share."""
