"""Video diffusion in miniature (arXiv:2204.03458): space-time networks on short films of moving digits."""
