"""Finds the post in a page and turns it into blocks."""
