"""Voices compared, and voices found for somebody whose clips a model cannot clone; all through the client."""
