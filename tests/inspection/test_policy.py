"""The policy is read whole or refused with every fault by name; the shipped ones are read."""

from dataclasses import replace
from importlib.resources import files

import pytest

from egate.domain.check import Check, Outcome
from egate.domain.decision import Subject
from egate.inspection import finger_checks
from egate.inspection.policy import ALWAYS_REQUIRED, Meaning, Policy, PolicyError, load

TEXT = files("egate.inspection").joinpath("policy.toml").read_text()
BENCH_TEXT = files("egate.inspection").joinpath("policy_bench.toml").read_text()


LIMIT_FAULT = (
    "liveness_limits.persistence: must be two numbers above 0 and up to 1, the lower first"
)


def faults(old: str, new: str, text: str = TEXT) -> tuple[str, ...]:
    assert old in text
    with pytest.raises(PolicyError) as caught:
        load(text.replace(old, new))
    return caught.value.faults


def test_the_shipped_policy_has_the_measured_thresholds() -> None:
    policy = load(TEXT)
    assert (policy.version, policy.accept_at_score, policy.refer_at_score) == (
        "2026-11-27.1",
        0.43,
        0.36,
    )
    assert (policy.face_tries, policy.cool_down_s) == (3, 60.0)


@pytest.mark.parametrize("text", [TEXT, BENCH_TEXT])
def test_a_face_that_nobody_proved_alive_is_never_accepted(text: str) -> None:
    policy = load(text)
    assert policy.meanings[Check.FACE_IS_LIVE, Outcome.FAILED] is Meaning.HOLD
    assert policy.meanings[Check.FACE_IS_LIVE, Outcome.NOT_APPLICABLE] is Meaning.REFER
    accepted = [key for key, to in policy.meanings.items() if to is Meaning.ACCEPT_WITH_RECORD]
    without = (Check.PORTRAIT_IS_OF_ONE_PERSON, *finger_checks.CHECKS)
    assert set(accepted) == {(check, Outcome.NOT_APPLICABLE) for check in without}
    assert Check.FACE_IS_LIVE in policy.required[Subject.TRAVELLER]


def test_the_bench_differs_only_in_the_layers_it_requires() -> None:
    policy, bench = load(TEXT), load(BENCH_TEXT)
    assert policy.liveness.required != bench.liveness.required
    same = replace(bench, version=policy.version, liveness=policy.liveness)
    assert same == policy


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("accept_at_score = 0.43", "accept_at_scroe = 0.43", "face.accept_at_scroe: unknown key"),
        (
            "accept_at_score = 0.43",
            "",
            "face.accept_at_score: must be a number from 0.36 to 1.0",
        ),
        ("= 0.43", '= "0.43"', "face.accept_at_score: must be a number from 0.36 to 1.0"),
        ("= 0.43", "= 0.043", "face.accept_at_score: must be a number from 0.36 to 1.0"),
        ("= 0.43", "= 1.5", "face.accept_at_score: must be a number from 0.36 to 1.0"),
        ("= 0.43", "= nan", "face.accept_at_score: must be a number from 0.36 to 1.0"),
        ("= 0.43", "= true", "face.accept_at_score: must be a number from 0.36 to 1.0"),
        ("= 0.36", "= 0.5", "face.refer_at_score: is above face.accept_at_score"),
        ("face = 3", "face = 0", "tries.face: must be a whole number from 1 to 10"),
        ("finger = 3", "finger = 11", "tries.finger: must be a whole number from 1 to 10"),
        (
            "zfm_accept_at_score = 60",
            "zfm_accept_at_score = 6",
            "finger.zfm_accept_at_score: must be a whole number from 47 to 65535",
        ),
        (
            "zfm_false_matches = 0.00008",
            "zfm_false_matches = 0.0001",
            "finger.zfm_false_matches: 0.0006 in 3 tries, more than finger.false_accepts_at_most",
        ),
        (
            "finger = 3",
            "finger = 4",
            "finger.zfm_false_matches: 0.00064 in 4 tries, more than finger.false_accepts_at_most",
        ),
        (
            "false_accepts_at_most = 0.0005",
            "false_accepts_at_most = 0.001",
            "finger.false_accepts_at_most: must be a number from 1e-09 to 0.0005",
        ),
        (
            'finger_is_the_holder = "retry"\n\n[when_inc',
            'finger_is_the_holder = "accept_with_record"\n\n[when_inc',
            "when_failed.finger_is_the_holder: must be one of refer, hold, retry",
        ),
        (
            'face_is_live = "hold"',
            'face_is_live = "hold"\nfinger_sensor_is_believed = "retry"',
            "when_failed.finger_sensor_is_believed: must be one of refer, hold",
        ),
        (
            'face_is_live = "hold"',
            'face_is_live = "hold"\nface_is_the_holder = "retry"',
            "when_failed.face_is_the_holder: must be one of refer, hold",
        ),
        ("face = 3", "face = 3.0", "tries.face: must be a whole number from 1 to 10"),
        ('"2026-11-27.1"', "7", "version: must be text of 1 to 64 characters"),
        (
            'face_is_live = "hold"',
            'face_is_live = "admit"',
            "when_failed.face_is_live: must be one of refer, hold",
        ),
        (
            'face_is_live = "hold"',
            'face_is_live = "accept_with_record"',
            "when_failed.face_is_live: must be one of refer, hold",
        ),
        (
            'face_is_live = "hold"',
            'face_is_alive = "hold"',
            "when_failed.face_is_alive: unknown key",
        ),
        (
            '"permit_is_signed",',
            "",
            "required.permit: lacks permit_is_signed",
        ),
        (
            '"permit_is_signed",',
            '"permit_is_singed",',
            "required.permit: must be an array of checks, each named once",
        ),
        (
            '"permit_is_signed",',
            '"permit_is_readable",',
            "required.permit: must be an array of checks, each named once",
        ),
        (
            'asks_turn_for = ["persistence", "motion"]',
            'asks_turn_for = ["head_turn"]',
            "liveness.asks_turn_for: head_turn is asked only when others cannot tell",
        ),
        (
            "[liveness_limits]\npersistence = [0.3",
            "[liveness_limits]\npersistence = [0.6",
            LIMIT_FAULT,
        ),
        (
            "[liveness_limits]\npersistence = [0.3",
            "[liveness_limits]\npersistence = [0",
            LIMIT_FAULT,
        ),
        (
            "[liveness_limits]\npersistence = [0.3",
            "[liveness_limits]\npersistence = [nan",
            LIMIT_FAULT,
        ),
        (
            "[liveness_limits]\npersistence = [0.3,",
            "[liveness_limits]\npersistence = [",
            LIMIT_FAULT,
        ),
        (
            "[liveness_limits]\npersistence = [0.3",
            "[liveness_limits]\npersistence = [true",
            LIMIT_FAULT,
        ),
        (
            'required = ["persistence", "motion", "active_light"]',
            "required = []",
            "liveness.required: must be an array of layers, each named once",
        ),
        (
            'required = ["persistence", "motion", "active_light"]',
            'required = ["persistence", "motoin"]',
            "liveness.required: must be an array of layers, each named once",
        ),
        (
            'required_when_fitted = ["infrared", "depth"]',
            'required_when_fitted = ["infrared", "motion"]',
            "liveness.required_when_fitted: motion is required anyway",
        ),
        (
            "[accepted_because]",
            '[accepted_because]\nface_is_live = "because we say so"',
            "accepted_because.face_is_live: missing, or given without an accept_with_record",
        ),
        (
            '[when_not_done]\ndefault = "refer"',
            '[when_not_done]\ndefault = "refer"\npermit_is_signed = "accept_with_record"',
            "permit_is_signed: accept_with_record, but it must hold",
        ),
    ],
)
def test_a_faulty_key_is_named_with_what_it_must_be(old: str, new: str, fault: str) -> None:
    assert fault in faults(old, new)


NOT_READ = 'chip_accepts_the_terminal = "accept_with_record"'


def test_an_acceptance_without_words_is_refused() -> None:
    accepting = TEXT.replace("[when_not_done]\n", f"[when_not_done]\n{NOT_READ}\n")
    key = "accepted_because.chip_accepts_the_terminal"
    assert faults("[accepted_because]", "[accepted_because]", accepting) == (
        f"{key}: missing, or given without an accept_with_record",
    )
    with_words = '[accepted_because]\nchip_accepts_the_terminal = "ok"'
    assert "must be a reason" in faults("[accepted_because]", with_words, accepting)[0]
    load(accepting + 'chip_accepts_the_terminal = "no terminal certificate is had here"\n')


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        load("nonsense = 1")
    named = {fault.split(":")[0] for fault in caught.value.faults}
    assert {"version", "face.accept_at_score", "required.permit", "nonsense"} <= named


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(PolicyError, match="not TOML"):
        load("= 3")


@pytest.mark.parametrize("policy", [load(TEXT), load(BENCH_TEXT)])
def test_every_outcome_of_every_check_has_a_meaning(policy: Policy) -> None:
    not_passed = [outcome for outcome in Outcome if outcome is not Outcome.PASSED]
    assert set(policy.meanings) == {(check, one) for check in Check for one in not_passed}
    assert all(ALWAYS_REQUIRED[one] <= set(policy.required[one]) for one in Subject)
