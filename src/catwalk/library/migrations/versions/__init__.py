"""The migrations, the first one at the bottom of the chain."""
