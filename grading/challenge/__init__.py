"""The challenge of notebook 6: few-step weights in, a place on the board out."""
