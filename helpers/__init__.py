"""The teaching package behind the notebooks: one idea a file, the paper's symbols, its equation numbers."""
