"""What a wire raises when bytes can no longer become a message of its language.

`what` gives lengths, offsets and names of fields. It shows bytes only for languages that
carry no personal data (a board's lines, a sensor's header), never what a document or a code said.

Source: research/aesthetics.md 8.2 (three outcomes: a message, more needed, or this).
"""


class FrameError(ValueError):
    """No more bytes can make this a message; the codec has dropped it and is in step again."""
