"""DALL·E 2 in miniature (arXiv:2204.06125): CLIP, a prior over its image embeddings, and a decoder."""
