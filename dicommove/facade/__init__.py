"""The objects that users hold: a peer and a query with verbs, each a line or two."""
