"""SAY WHAT: the query as a frozen value, pure: no archive, no I/O."""
