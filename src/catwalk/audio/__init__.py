"""Samples in memory, files on disk, loudness."""
