"""Scripts that measure catwalk, print a table and write ``benchmarks/results/*.json``."""
