"""Podcasts: feeds, show notes and artwork, and how shows leave the box: folders, buckets, lists, audiobooks."""
"""Blogs as podcasts: what they have published, and what is new."""
