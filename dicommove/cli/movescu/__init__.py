"""``movescu``: one C-MOVE, with the options, the transcript and the files of the well-known program, and exit codes that tell."""
