"""Plain Python that everything may use and that knows nothing of the package."""
