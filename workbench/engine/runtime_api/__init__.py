"""The Runtime API, and the HTTP and refusals that all APIs of an environment share."""
