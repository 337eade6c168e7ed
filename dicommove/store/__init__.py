"""KEEP: the data folder: publication of files, the UID index and the journal."""
