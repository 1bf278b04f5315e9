"""The append-only record of the gate, on disk."""
