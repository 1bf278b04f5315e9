"""Findings and policy to a decision; pure and total."""
