"""The SQL engine: statements as small immutable trees, written to text for a dialect.

Theory of operation: expressions arrive as `Fragment`s (text with `%s` and parameters, written by the documented
`as_sql` protocol). This package arranges fragments into statements. It makes no text out of names it was not given as
`Identifier`s, and takes every keyword from an enum, so that nothing a stranger sends can become SQL.

Rules:
    1. Pure: no I/O, no settings, no models.
    2. An `Identifier` is made by a dialect's `quote` only.
    3. A dialect says only what differs from the base.

Prior art: Rails' Arel (nodes, visitor, collector), Ecto's adapters.
"""
