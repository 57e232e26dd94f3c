"""Teach a trained network a word and leave its weights alone: LoRA (arXiv:2106.09685), textual inversion (arXiv:2208.01618)."""
