"""TELL: ledger, outcome and tables of what was expected, reported and received."""
