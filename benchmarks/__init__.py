"""Benchmarks: hotclub beside its peers, in one run, with the same application code.

    python -m benchmarks                       all cases against Django 6.1.3
    python -m benchmarks --only orm,template   some groups or cases
    python -m benchmarks --growth              cost per unit at 1, 10 and 100 times the work

Each framework runs in a process of its own; the coordinator asks them in turn, round by round, so that a noisy moment hits all of
them, and takes medians. The application is written with Django's import names; hotclub's process runs it through the import alias.
Django lives in an environment of its own under `.scratch`, made on the first run.
"""
