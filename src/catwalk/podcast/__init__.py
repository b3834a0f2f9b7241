"""Blogs as podcasts: what they have published and what is new; feeds, show notes and artwork; how shows leave the box."""
