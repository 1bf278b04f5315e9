"""Device languages, sans-I/O, both directions; one language a file."""
