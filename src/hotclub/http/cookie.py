"""Cookies: reading the request's header; `SimpleCookie` of the standard library for the response."""

from __future__ import annotations

from http import cookies

from hotclub._http.cookies import parse_cookie_header

__all__ = ["SimpleCookie", "parse_cookie"]

SimpleCookie = cookies.SimpleCookie


def parse_cookie(cookie: str) -> dict[str, str]:
    """Give the cookies of a `Cookie` header."""
    return parse_cookie_header(cookie)
