"""A technician at the bench: does what is asked, and says what is to be seen there.

It looks at the plant, the lamps and the light as eyes do, never at a line that the gate reads.
"""

import asyncio
import time

from egate.domain.lane_part import Door, Input, Output
from egate.selftest.device_checks import TEST_CODE, TEST_PAGE
from egate.selftest.person import QUESTIONS, Wish
from simulators.card_chip import Chip, seeded
from simulators.data_groups import GREY_JPEG
from simulators.document_factory import issue, traveller
from simulators.document_reader import Carried, DocumentReader
from simulators.plant import Body
from tests.faults.bench import CODE_CUT, FaultBench

PUSHES_S, PUSH_STEP_S = 1.0, 0.02
DOORWAY_M, PERSON_M = 0.06, 0.3
LOOKS_S = 0.4  # what shines is seen a moment after it was told to


class Technician:
    """One who always answers, and truthfully.

    `face` is what the bench's camera sees of them at the mark, `stands_at_m` how far that is.
    """

    def __init__(self, bench: FaultBench, face: str = "person_1") -> None:
        self._bench = bench
        self.face = face
        self.stands_at_m = 0.7
        self._asked: tuple[Wish, str] | None = None
        self._walks: Body | None = None
        self._asked_at_s = 0.0

    def ask(self, wish: Wish, part: str, within_s: float) -> None:  # noqa: ARG002  # a Person's shape
        self._asked, self._asked_at_s = (wish, part), time.monotonic()
        if wish not in QUESTIONS:
            self._does(wish, part)

    def answer(self) -> bool | None:
        """Say yes as soon as it is seen, no only after a look long enough to be sure."""
        if self._asked is None or self._asked[0] not in QUESTIONS:
            return None
        sees = self._sees(*self._asked)
        return sees if sees or time.monotonic() - self._asked_at_s > LOOKS_S else None

    def thank(self) -> None:
        self._asked = None

    def _sees(self, wish: Wish, part: str) -> bool:
        plant = self._bench.bench.plant
        leaf = plant.leaves.get(Door(part)) if part in set(Door) else None
        if leaf is not None:
            return {
                Wish.IS_BOLT_HOME: leaf.bolted,
                Wish.IS_LEAF_OPEN: not leaf.is_closed,
                Wish.IS_DOORWAY_EMPTY: not plant.is_blocked(leaf),
            }[wish]
        if wish is Wish.IS_RELAY_LAMP_LIT:
            return plant.is_fed
        if wish is Wish.IS_CHAMBER_EMPTY:
            return not any(body.covers(0.1, plant.length_m - 0.1) for body in plant.bodies)
        if part in set(Output):
            return plant.is_energised(Output(part))
        wanted = {Wish.IS_LIGHT_RED: 0, Wish.IS_LIGHT_GREEN: 1, Wish.IS_LIGHT_BLUE: 2}[wish]
        shines = self._bench.bench.camera.lamp
        return shines[wanted] > 0 and sum(shines) == shines[wanted]

    def _does(self, wish: Wish, part: str) -> None:
        match wish:
            case Wish.BREAK_BEAM:
                self._stand(self._bench.bench.plant.leaves[Door(part)].x_m, DOORWAY_M)
            case Wish.STEP_IN | Wish.STEP_IN_WITH_KEY:
                self._stand(self._bench.bench.plant.length_m / 2, PERSON_M)
            case Wish.PUSH_LEAF:
                self._bench.begin(_pushes(self._bench, Door(part)))
            case Wish.CLEAR_BEAM | Wish.STEP_OUT:
                self._go()
            case Wish.PRESS_EMERGENCY | Wish.MEND_EMERGENCY:
                assert part == Input.EMERGENCY_CLEAR
                presses = wish is Wish.PRESS_EMERGENCY
                self._bench.change(lambda b: setattr(b.plant, "emergency_open", presses))
            case _:
                self._shows(wish, part)

    def _shows(self, wish: Wish, part: str) -> None:
        bench = self._bench.bench
        match wish:
            case Wish.SHOW_CODE | Wish.HOLD_CODE:
                self._shows_code(part)
            case Wish.LAY_PAGE | Wish.TAKE_PAGE:
                assert bench.documents is not None
                self._bench.begin(_moves_page(bench.documents, lays=wish is Wish.LAY_PAGE))
            case Wish.LAY_CARD:
                assert bench.documents is not None
                card = Chip(issue(traveller(1, GREY_JPEG + bytes(400))), seeded(1))
                bench.documents.slots[0].insert(card)
            case Wish.LAY_FINGER:
                self._bench.finger.finger = 1
            case Wish.STAND_AT_MARK:
                at_m = self.stands_at_m
                self._bench.change(lambda b: b.camera.show(self.face, distance_m=at_m))
            case _:
                assert wish is Wish.TAKE_CARD
                assert bench.documents is not None
                bench.documents.slots[0].remove()

    def _shows_code(self, part: str) -> None:
        bench = self._bench.bench
        camera = bench.code_camera
        if part == "camera":
            self._bench.change(lambda b: b.camera.show(CODE_CUT, distance_m=0.5))
            return
        if camera is not None:
            self._bench.change(lambda _: camera.show(TEST_CODE))
            return
        assert bench.scanner is not None
        self._bench.begin(bench.scanner.show(TEST_CODE))

    def _stand(self, x_m: float, depth_m: float) -> None:
        self._walks = body = Body(x_m, depth_m)
        self._bench.change(lambda b: b.plant.bodies.append(body))

    def _go(self) -> None:
        body, self._walks = self._walks, None
        if body is not None:
            self._bench.change(lambda b: b.plant.bodies.remove(body))


async def _pushes(bench: FaultBench, door: Door) -> None:
    """Push a leaf that nobody drives, and let it go: the closer shuts it."""
    plant = bench.bench.plant
    for _ in range(round(PUSHES_S / PUSH_STEP_S)):
        plant.push(door, PUSH_STEP_S)
        await asyncio.sleep(PUSH_STEP_S)


async def _moves_page(documents: DocumentReader, *, lays: bool) -> None:
    if lays:
        await documents.lay_down(Carried(TEST_PAGE, None))
    else:
        await documents.take_up()
