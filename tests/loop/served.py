"""A body of a device host in its thread, and what it said; shared by the tests of the bodies."""

from collections.abc import Callable
import threading
import time
from typing import Self

from egate.domain.face_measures import FaceReason
from egate.domain.finger_measures import FingerMeasures
from egate.loop.device_host import Body, BodyLink
from egate.loop.messages import DeviceIs, FaceMeasured, FingerMeasured, Message, TokenRead
from tests.loop.parts import DEADLINE_S


class Served:
    """A body in its thread, and what it said."""

    def __init__(self, body: Body) -> None:
        self.said: list[Message] = []
        self.link = BodyLink(self.said.append, time.monotonic)
        self._thread = threading.Thread(target=body.run, args=(self.link,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.link.stop()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()

    def until(self, condition: Callable[[], object]) -> None:
        deadline_s = time.monotonic() + DEADLINE_S
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < deadline_s, self.said
            pause.wait(0.002)

    def presence(self) -> list[bool]:
        return [said.present for said in self.said if isinstance(said, DeviceIs)]

    def answers(self) -> list[FaceMeasured]:
        return [said for said in self.said if isinstance(said, FaceMeasured)]

    def fingers(self) -> list[FingerMeasures]:
        return [said.measures for said in self.said if isinstance(said, FingerMeasured)]

    def tokens(self) -> list[TokenRead]:
        return [said for said in self.said if isinstance(said, TokenRead)]

    def reasons(self) -> list[FaceReason]:
        return [said.measures.reason for said in self.said if isinstance(said, FaceMeasured)]
