"""MOVE: one operation with its threads, its clock and its counters, from the first C-MOVE to the last straggler."""
