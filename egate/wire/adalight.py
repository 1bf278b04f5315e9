r"""Adalight: the colours of a string of LEDs on a serial line, both ways.

    header   "Ada"  count-1, high byte  count-1, low byte  high XOR low XOR 0x55
    data     red green blue, one byte each, for every LED in order
    greeting "Ada\n"  from the LEDs, at power-on and once a second while nothing comes

The LEDs answer nothing: whether they shine is not told on this line. A light here shows one
colour, so `encode` takes one; what comes in may have many.

Source: Adafruit, Adalight (LEDstream.ino), the protocol as its comments and those of Hyperion and
Prismatik describe it.
"""

from typing import Final

from egate.wire.errors import FrameError

MAGIC: Final = b"Ada"
GREETING: Final = b"Ada\n"
HEADER: Final = 6
MARK: Final = 0x55
MOST: Final = 1024  # LEDs; the header could ask for 65,536

Rgb = tuple[int, int, int]


def encode(rgb: Rgb, leds: int) -> bytes:
    """Return the frame that shows one colour on so many LEDs, 1 to MOST."""
    assert 1 <= leds <= MOST
    high, low = divmod(leds - 1, 256)
    return MAGIC + bytes([high, low, high ^ low ^ MARK]) + bytes(rgb) * leds


def decode(data: bytes) -> tuple[tuple[Rgb, ...] | None, bytes]:
    """Return the colours of the first frame and the bytes behind it; None for more bytes.

    Raises:
        FrameError: no frame begins here, its check is wrong, or it is for too many LEDs.
    """
    if not MAGIC.startswith(data[: len(MAGIC)]):
        raise FrameError("no frame begins here")
    if len(data) < HEADER:
        return None, data
    high, low, check = data[len(MAGIC) : HEADER]
    count = 256 * high + low + 1
    if check != high ^ low ^ MARK or count > MOST:
        raise FrameError(f"header {data[len(MAGIC) : HEADER].hex()}")
    end = HEADER + 3 * count
    if len(data) < end:
        return None, data
    bodies = (data[at : at + 3] for at in range(HEADER, end, 3))
    return tuple((red, green, blue) for red, green, blue in bodies), data[end:]
