"""Requests over a socket: every framework behind one granian worker, asked by the same bounded client.

    python -m benchmarks.sockets [--only plain,document] [--rounds 3] [--seconds 2] [--connections 32] [--client wrk|own]

All servers are started first and then measured in turn, forwards and backwards. Answers are compared before anything is timed. The client is wrk where
it is installed, else `client.py`; both end by themselves.
"""
