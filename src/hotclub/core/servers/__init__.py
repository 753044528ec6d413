"""The small server of tests and of development without extras."""
