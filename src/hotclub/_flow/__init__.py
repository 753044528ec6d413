"""Flows: logic that needs I/O, written once for sync and async.

A *flow* is a coroutine that awaits only `Effect` objects. An effect says what only the outside can do (fetch rows,
enter a transaction, call user code); awaiting it gives the answer. Two drivers run a flow: `drive` performs each
effect and sends the answer back, `adrive` awaits the performance first. A *port* is the thing that performs.

Rules:
    1. A flow awaits effects and other flows, never a socket, a future or a sleep. Anything else is refused at once.
    2. Effects carry data only; they know neither drivers, nor connections, nor settings.
    3. The outside's errors are thrown into the flow at the `await`; a flow that does not catch them lets them pass.
    4. User code (receivers, overridden methods, validators) is an effect as well: `CallUser`.

Prior art: psycopg 3's generators and waiting functions, trio's traps, h11's sans-I/O rule.
"""
