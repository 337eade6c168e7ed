"""PIXELS: from one instance to an array and a picture; knows nothing of Jupyter."""
