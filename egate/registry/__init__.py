"""The gate's local data: templates, issuers, revocations."""
