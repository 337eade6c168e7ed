"""RUN: searches, plans, operations and their reconciliation."""
