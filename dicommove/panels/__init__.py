"""SHOW: widgets and their front-end files."""
