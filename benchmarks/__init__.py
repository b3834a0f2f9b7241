"""Scripts that measure, print a table and write benchmarks/results/*.json."""
