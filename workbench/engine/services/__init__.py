"""The parts of what an engine offers: settings, trust, allowances, environments, the cache of packages."""
