"""Models in memory: catalog, weights, scheduler, pool, workers."""
