"""The travel document as ICAO 9303 has it: machine readable zone, chip, and what proves them.

Pure: no I/O, no clock, no randomness. What a traveller brings is hostile: every length, depth,
count and dialogue is bounded, and no error ever shows content.
"""
