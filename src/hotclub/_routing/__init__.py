"""Routing engine: from route syntax to candidates for a path, and from a name back to a path.

Theory of operation: every pattern of a URLconf has a place in the documented order. `RouteIndex` files the patterns by
the literal text their paths must begin with, in a tree of path segments; asked for a path it gives the few patterns
that can match at all, in order. Each candidate then decides for itself. So the order of the documentation holds, and
the cost of a look-up depends on the path, not on the number of patterns.

The other direction compiles each pattern once to text with holes (`templates_of_regex`, `templates_of_route`).

Rules: no I/O, no settings, no translation; texts arrive as plain `str`.
"""
