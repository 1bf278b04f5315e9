"""Commands; no decisions."""
