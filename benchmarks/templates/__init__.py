"""Templates side by side: hotclub, Django, Jinja2, Mako, minijinja and Python functions written by hand.

    python -m benchmarks.templates [render] [growth] [first] [memory] [--peer-python PATH]

Every engine runs in a process of its own and renders the same values; a figure counts only where all texts are equal.
"""
