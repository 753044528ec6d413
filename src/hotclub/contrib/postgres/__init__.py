"""What only PostgreSQL has: arrays, ranges, hstore, full-text search, exclusion constraints, index types and more.

Source: docs ref/contrib/postgres.
"""
