"""The imperative shell: lane loop, device hosts, messages between processes."""
