"""The peers besides Django: one module each, run in a process of its own by the peers' interpreter.

A peer's module holds

    LABEL     how the table calls it
    NEEDS     the distributions it is made of, as `pip install` takes them
    set_up()  prepares the process
    CASES     name of a case → what prepares it, as in `cases/case.py`

The file's name is what `Case.peers` and the worker call it. A case of the frame names its peers; a peer leaves out what it has not got.
"""
