"""Imagen in miniature (arXiv:2205.11487): a small picture from a sentence, then a larger one from the small one."""
