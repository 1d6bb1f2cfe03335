"""A small model of what Lambda keeps, written from its documentation, beside the registry: both get the same calls."""
