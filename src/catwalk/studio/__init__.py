"""Readings, shows and media over HTTP."""
