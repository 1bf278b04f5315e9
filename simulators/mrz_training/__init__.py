"""How the small network that reads machine readable zones is made: rendered, trained, measured.

Only `make train-mrz` runs this, in an environment of its own; nothing else imports it.
"""
