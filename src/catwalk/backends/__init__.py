"""Backends: one file a family."""
