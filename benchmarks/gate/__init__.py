"""What the quality gate measures: one module a section, and the floors under all of them."""
