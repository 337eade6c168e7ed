"""ASK AGAIN: what is missing, in smaller requests, with patience."""
