"""Function URLs: an HTTP address of a function, which browsers and programs call without knowing of Lambda."""
