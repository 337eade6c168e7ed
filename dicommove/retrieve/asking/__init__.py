"""ASK THE ARCHIVE: searches, what their answers are worth, and what a query or a table resolves to."""
