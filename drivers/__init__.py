"""One device language on one kind of line a file."""
