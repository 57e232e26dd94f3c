"""Made-up classes for demonstrations, tests and soak runs."""
