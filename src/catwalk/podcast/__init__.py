"""Blogs as podcasts: what they have published, and what is new."""
