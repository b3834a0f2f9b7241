"""catwalk: a model server that stays warm, and a reader that turns posts into checked recordings."""

__version__ = "0.1.0"
