"""How each shipped network was trained: one script each."""
