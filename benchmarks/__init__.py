"""Benchmarks: hotclub beside its peers, in one run, with the same application code.

    python -m benchmarks                       all cases, against Django 6.1.3 and the peers each case names
    python -m benchmarks --only orm,template   some groups or cases
    python -m benchmarks --growth              cost per unit at growing amounts of work
    python -m benchmarks --strict              fail where a case falls short of what it promises
    python -m benchmarks.templates             templates against Jinja2, Mako, minijinja and functions by hand; first use, memory

Each framework runs in a process of its own; the coordinator asks them in turn, round by round, so that a noisy moment hits all of
them, and takes medians. The application is written with Django's import names; hotclub's process runs it through the import alias.
The other peers (`peers/`) do the same work on the same tables in their own words; each case's results are compared.
Django and the peers live in an environment of their own under `.scratch`, made on the first run, or in that of `--peer-python`.
"""
