"""A lane program that holds a release and renews it until it is killed, stopped or fails.

One line of JSON says the board's and the doors' settings; it writes "held", then what ended it.
"""

import json
import sys
import threading

from drivers.io_gpiozero import build
from egate.domain.lane_part import Output
from egate.ports.errors import DeviceError
from egate.profile.settings import Board, Doors


def main() -> None:
    board, doors = json.loads(sys.stdin.readline())
    lines = build(Board.model_validate(board), Doors.model_validate(doors))
    lines.renew()
    lines.set(Output.EXIT_RELEASE, active=True)
    sys.stdout.write("held\n")
    sys.stdout.flush()
    pause = threading.Event()
    try:
        while not pause.wait(0.1):
            lines.renew()
    except DeviceError as error:
        sys.stdout.write(f"{type(error).__name__}: {error.what}\n")
        lines.close()


if __name__ == "__main__":
    main()
