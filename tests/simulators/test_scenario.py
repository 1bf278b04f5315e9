"""A scenario file is taken as it was meant or refused with what is wrong; the shipped ones hold."""

from pathlib import Path

import pytest

from egate.domain.lane_part import Shape
from egate.domain.lane_state import Trouble
from simulators.demo import TOKENS
from simulators.faces import PERSONS
from simulators.scenario import (
    DOCUMENTS,
    FOLDER,
    ScenarioRefused,
    Token,
    in_turns,
    load,
    load_all,
)

ALL = load_all()
SHORT = load_all(lambda scenario: scenario.in_demo)
EXPECTS = '\n[expect]\nendings = ["completed"]\npeople = ["through"]\n'


def read(tmp_path: Path, head: str, person: str) -> object:
    file = tmp_path / "99_mine.toml"
    file.write_text(f'title = "Mine"\n{head}\n[[people]]\nface = "person_1"\n{person}\n{EXPECTS}')
    return load(file)


def test_a_traveller_comes_with_a_permit_or_with_a_document() -> None:
    (permit,) = load(FOLDER / "20_impostor.toml").people
    assert (permit.permit, permit.document, permit.token_of) == ("valid", "", "person_2")
    (document,) = load(FOLDER / "70_altered_portrait.toml").people
    assert (document.permit, document.document) == ("none", "altered_portrait")
    assert (document.face, document.token_of) == ("person_3", "person_2")


@pytest.mark.parametrize(
    ("head", "person", "what"),
    [
        ('token = "chip"', 'document = "valid"\npermit = "valid"', "permit"),
        ('token = "chip"', 'document = "good"', "good"),
        ('token = "chip"', 'permit_of = "person_2"\ndocument = "valid"', "permit_of"),
        ('token = "chip"', 'document_of = "person_2"', "document_of"),
        ("", 'document = "valid"', "token"),
        ('token = "card"', "", "card"),
    ],
)
def test_what_no_traveller_can_bring_is_refused(
    tmp_path: Path, head: str, person: str, what: str
) -> None:
    with pytest.raises(ScenarioRefused, match=what):
        read(tmp_path, head, person)


def test_the_demo_of_permits_needs_no_reader_of_documents() -> None:
    assert [one.name for one in in_turns(SHORT, TOKENS["qr"])] == [
        "01_passes",
        "02_passes",
        "03_passes",
        "04_passes",
        "05_passes",
        "20_impostor",
        "21_replay",
        "22_tailgater",
    ]
    assert not any(comer.document for one in in_turns(ALL, (Token.QR,)) for comer in one.people)


def test_the_demo_of_documents_is_short_and_most_pass() -> None:
    endings = [one.expected[Shape.MANTRAP].endings for one in in_turns(SHORT, TOKENS["chip"])]
    assert 6 <= len(endings) <= 8
    refused = [ending for ending in endings if ending != ("completed",)]
    assert 2 <= len(set(refused)) == len(refused) <= 3


def test_a_mixed_queue_has_one_of_each_in_turn_and_leaves_nobody_out() -> None:
    mixed = in_turns(SHORT, TOKENS["mixed"])
    assert {one.name for one in mixed} == {one.name for one in SHORT}
    tokens = [one.token for one in mixed]
    of_each = min(tokens.count(token) for token in Token)
    assert tokens[: 2 * of_each] == [Token.QR, Token.CHIP] * of_each


def test_every_scenario_tells_what_happens() -> None:
    assert [one.name for one in ALL if not one.about.endswith((".", ").", '".'))] == []


def test_where_the_gate_compares_fingers_another_end_may_be_due() -> None:
    replayed = next(one for one in ALL if one.name == "94_replayed_match")
    passes = next(one for one in ALL if one.name == "01_passes")
    assert replayed.expects(Shape.MANTRAP, at_host=True).endings == ("finger_mismatch",)
    assert replayed.expects(Shape.MANTRAP, at_host=False).endings == ("device_lost",)
    assert replayed.expects(Shape.TURNSTILE, at_host=True).endings == ("completed",)
    assert passes.expects(Shape.MANTRAP, at_host=True) == passes.expected[Shape.MANTRAP]


@pytest.mark.parametrize("token", Token)
def test_one_token_keeps_the_order_of_the_files(token: Token) -> None:
    names = [one.name for one in in_turns(ALL, (token,))]
    assert names == sorted(names)


def test_every_kind_of_document_has_a_scenario() -> None:
    assert {comer.document for one in ALL for comer in one.people} - {""} == DOCUMENTS


@pytest.mark.parametrize("scenario", ALL, ids=[one.name for one in ALL])
def test_a_shipped_scenario_expects_what_a_lane_can_say_of_faces_there_are(
    scenario: object,
) -> None:
    one = next(each for each in ALL if each is scenario)
    endings = {ending for each in one.expected.values() for ending in each.endings}
    assert endings <= {*Trouble, "completed"}
    faces = {face for comer in one.people for face in (comer.face, comer.token_of)}
    assert faces <= set(PERSONS)
    assert len(one.expected[Shape.MANTRAP].people) == len(one.people)
    assert one.names == tuple(f"{one.name}-{place}" for place in range(len(one.people)))
