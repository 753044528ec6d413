"""The built-in middleware. Each hook that never waits is marked with `runs_inline`, so that it costs no thread in ASGI."""
