"""The template engine: text in, one Python function per template and block out.

Theory of operation::

    lexer ──► tokens ──► parser ──► nodes ──► compiler ──► Python source ──► function(context) -> str
    (tokens)            (parser)   (nodes)   (emitter, scopes)              (runtime)

The node tree is the documented one and stays: tools walk it, foreign nodes are called through their `render`, and
foreign code may call `render` on ours. What runs is the function generated from a node list at its first rendering.

Rules:
    1. A node of ours says what it reads (`expressions`), what it contains (`bodies`) and how it is written (`emit`).
       Everything else (which names are free, whether a part is closed) is derived from these.
    2. A part is *closed* when no foreign code can see or change the context during it. Only there are context names
       read once and loop variables kept as Python locals.
    3. Fast paths are guarded by the exact type that was observed (`str`, `int`, `SafeString`, `dict`); everything else
       goes through one general function in `runtime`.
    4. Generated code sees the names of `runtime.NAMESPACE` and its own constants, no builtins.
    5. The engine reads no settings and does no I/O; façades in `hotclub.template` pass in what it needs.

Prior art: Jinja2's stages and identifier tracking, psycopg's rule that logic knows no I/O.
"""
