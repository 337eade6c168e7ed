"""ASK: associations with a peer and the services requested over them; knows Datasets, not queries."""
