"""The state table, the guard, the time limits; pure. The only importer of transitions."""
