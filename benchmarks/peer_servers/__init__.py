"""The no-op of ``benchmarks.peers`` behind other servers, and what starts and ends them."""
