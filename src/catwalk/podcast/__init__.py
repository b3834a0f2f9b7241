"""Podcasts: feeds, show notes and artwork, and how shows leave the box: folders, buckets, lists, audiobooks."""
