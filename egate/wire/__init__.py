"""Device languages, sans-I/O, both directions; one language a file.

A codec has three outcomes: a message, "more is needed", or errors.FrameError.
"""
