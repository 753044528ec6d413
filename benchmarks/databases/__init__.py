"""Benchmarks on PostgreSQL: hotclub beside Django, SQLAlchemy and the bare driver, synchronous and asynchronous."""
