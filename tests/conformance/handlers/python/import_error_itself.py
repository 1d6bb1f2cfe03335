raise ImportError("ü by hand")
