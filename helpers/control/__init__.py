"""ControlNet in miniature (arXiv:2302.05543): an outline says where the ink goes, the words say the rest."""
