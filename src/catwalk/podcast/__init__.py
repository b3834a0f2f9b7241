"""Blogs as podcasts: what they have published, their episodes, feeds and notes, and how shows leave the box."""
