"""LoRA: teach a trained network something new through narrow detours, and leave its weights alone (arXiv:2106.09685)."""
