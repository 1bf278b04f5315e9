"""One real, complete, commented profile per wiring."""
