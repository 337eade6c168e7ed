"""WRITE DOWN: reports of a move and the catalogue of a data folder."""
