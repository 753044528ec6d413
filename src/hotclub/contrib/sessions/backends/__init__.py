"""Where session data may be kept: database, cache, both, files, signed cookies."""
