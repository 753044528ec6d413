"""HTTP engine: what is on the wire, as values, without a wire.

Parsers take text or bytes and give values or events; they own no socket, file, clock or setting. Limits come in as
arguments. Each parser is linear in what it reads, and says "too much" before it has stored it.
"""
