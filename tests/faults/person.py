"""A technician at the bench: does what is asked, and says what is to be seen there.

It looks at the plant, the lamps and the light as eyes do, never at a line that the gate reads.
"""

from egate.domain.lane_part import Door, Input, Output
from egate.selftest.device_checks import TEST_CODE, TEST_PAGE
from egate.selftest.person import QUESTIONS, Wish
from simulators.card_chip import Chip, seeded
from simulators.data_groups import GREY_JPEG
from simulators.document_factory import issue, traveller
from simulators.plant import Body
from tests.faults.bench import CODE_CUT, FaultBench

DOORWAY_M, PERSON_M = 0.06, 0.3


class Technician:
    """One who always answers, and truthfully."""

    def __init__(self, bench: FaultBench) -> None:
        self._bench = bench
        self._asked: tuple[Wish, str] | None = None
        self._walks: Body | None = None
        self.asked: list[Wish] = []

    def ask(self, wish: Wish, part: str, within_s: float) -> None:
        self._asked = (wish, part)
        self.asked.append(wish)
        if wish not in QUESTIONS:
            self._does(wish, part)

    def answer(self) -> bool | None:
        if self._asked is None or self._asked[0] not in QUESTIONS:
            return None
        return self._sees(*self._asked)

    def thank(self) -> None:
        if self._asked is not None and self._asked[0] is Wish.LAY_CARD:
            documents = self._bench.bench.documents
            assert documents is not None
            documents.slots[0].remove()
        self._asked = None

    def _sees(self, wish: Wish, part: str) -> bool:
        bench = self._bench.bench
        plant = bench.plant
        match wish:
            case Wish.IS_RELAY_LAMP_LIT:
                return plant.is_fed
            case Wish.IS_BOLT_HOME:
                return plant.leaves[Door(part)].bolted
            case Wish.IS_LEAF_OPEN:
                return not plant.leaves[Door(part)].is_closed
            case Wish.IS_DOORWAY_EMPTY:
                return not plant.is_blocked(plant.leaves[Door(part)])
            case Wish.IS_CHAMBER_EMPTY:
                return not any(body.covers(0.1, plant.length_m - 0.1) for body in plant.bodies)
            case Wish.IS_LAMP_LIT | Wish.IS_SOUNDING:
                return plant.is_energised(Output(part))
            case _:
                wanted = {"red": 0, "green": 1, "blue": 2}[wish.value.removeprefix("is_light_")]
                shines = bench.camera.lamp
                return shines[wanted] > 0 and sum(shines) == shines[wanted]

    def _does(self, wish: Wish, part: str) -> None:
        match wish:
            case Wish.BREAK_BEAM:
                self._stand(self._bench.bench.plant.leaves[Door(part)].x_m, DOORWAY_M)
            case Wish.STEP_IN:
                self._stand(self._bench.bench.plant.length_m / 2, PERSON_M)
            case Wish.CLEAR_BEAM | Wish.STEP_OUT:
                self._go()
            case Wish.PRESS_EMERGENCY | Wish.MEND_EMERGENCY:
                assert part == Input.EMERGENCY_CLEAR
                presses = wish is Wish.PRESS_EMERGENCY
                self._bench.change(lambda b: setattr(b.plant, "emergency_open", presses))
            case _:
                self._shows(wish)

    def _shows(self, wish: Wish) -> None:
        bench = self._bench.bench
        match wish:
            case Wish.SHOW_CODE:
                assert bench.scanner is not None
                self._bench.begin(bench.scanner.show(TEST_CODE))
            case Wish.LAY_PAGE:
                assert bench.documents is not None
                self._bench.begin(bench.documents.line.show("\n".join(TEST_PAGE)))
            case Wish.LAY_CARD:
                assert bench.documents is not None
                card = Chip(issue(traveller(1, GREY_JPEG + bytes(400))), seeded(1))
                bench.documents.slots[0].insert(card)
            case _:
                assert wish is Wish.HOLD_CODE
                self._bench.change(lambda b: b.camera.show(CODE_CUT, distance_m=0.5))

    def _stand(self, x_m: float, depth_m: float) -> None:
        self._walks = body = Body(x_m, depth_m)
        self._bench.change(lambda b: b.plant.bodies.append(body))

    def _go(self) -> None:
        body, self._walks = self._walks, None
        if body is not None:
            self._bench.change(lambda b: b.plant.bodies.remove(body))
