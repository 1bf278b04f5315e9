"""A profile is taken whole or refused with every problem told. Literal in, literal out."""

from pathlib import Path
import re

import pytest

from egate.domain.lane_part import Shape
from egate.domain.limits import TimeLimits
from egate.profile.cross import HTTP_WORDS
from egate.profile.load import LARGEST, ProfileNotFound, find, load, parse, shipped
from egate.profile.problem import Problem, ProfileRefused
from egate.profile.settings import (
    FingerprintZfmSettings,
    MrzCameraSettings,
    MrzSerialSettings,
    QrCameraSettings,
    ServiceAfter,
)

MANTRAP = find("bench_mantrap").read_text()
TURNSTILE = find("bench_turnstile").read_text()
PI = find("pi_mantrap_gpio").read_text()


def problems_of(text: str) -> list[str]:
    with pytest.raises(ProfileRefused) as refusal:
        parse(text, "a.toml")
    return [str(problem) for problem in refusal.value.problems]


def with_change(old: str, new: str, text: str = MANTRAP) -> str:
    assert text.count(old) >= 1, f"{old} stands no longer in the shipped profile"
    return text.replace(old, new, 1)


def the_problem(old: str, new: str, text: str = MANTRAP) -> Problem:
    """Return the one problem that a change to a shipped profile causes."""
    with pytest.raises(ProfileRefused) as refusal:
        parse(with_change(old, new, text), "a.toml")
    (problem,) = refusal.value.problems
    assert problem.place.file == "a.toml"
    return problem


def line_of(part: str, text: str) -> int:
    return next(n for n, line in enumerate(text.split("\n"), start=1) if part in line)


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_profile_is_accepted_and_complete(name: str) -> None:
    text = find(name).read_text()
    assert "extends" not in text
    assert load(find(name)).gate.shape.value in name


def test_nine_profiles_are_shipped() -> None:
    assert shipped() == (
        "bench_mantrap",
        "bench_mantrap_cameras",
        "bench_mantrap_documents",
        "bench_turnstile",
        "bench_turnstile_documents",
        "pi_mantrap_documents",
        "pi_mantrap_gpio",
        "pi_turnstile_documents",
        "pi_turnstile_gpio",
    )


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("wiring", ["bench_{}", "pi_{}_gpio"])
def test_with_a_document_reader_everything_else_is_wired_as_without(
    shape: Shape, wiring: str
) -> None:
    plain = load(find(wiring.format(shape)))
    name = wiring.format(shape).removesuffix("_gpio") + "_documents"
    more = load(find(name))
    assert (plain.devices.mrz_reader, plain.devices.card_reader) == (None, None)
    assert more.devices.mrz_reader is not None
    assert more.devices.card_reader is not None
    devices = more.devices.model_copy(update={"mrz_reader": None, "card_reader": None})
    assert more.model_copy(update={"devices": devices}) == plain


@pytest.mark.parametrize("shape", list(Shape))
def test_the_bench_is_wired_like_the_board_it_stands_for(shape: Shape) -> None:
    bench = load(find(f"bench_{shape}")).devices.board
    board = load(find(f"pi_{shape}_gpio")).devices.board
    assert bench.inputs == board.inputs
    assert bench.outputs == board.outputs


def test_a_gate_waits_for_an_officer_and_a_bench_does_not() -> None:
    assert load(find("pi_mantrap_gpio")).service.officer_required
    assert not load(find("pi_mantrap_gpio")).service.opens_by_itself
    assert not load(find("bench_mantrap")).service.officer_required


def test_limits_left_out_are_those_of_the_domain() -> None:
    profile = parse(MANTRAP.split("[limits]")[0] + "[doors" + MANTRAP.split("[doors", 1)[1], "a")
    assert TimeLimits(**profile.limits.model_dump()) == TimeLimits()


def test_a_misspelt_key_is_unknown_and_the_right_one_missing() -> None:
    found = problems_of(with_change("terminator =", "terminater ="))
    line = line_of("terminator", MANTRAP)
    table = line_of("[devices.scanner]", MANTRAP)
    assert found == [
        (
            f"a.toml:{table}: devices.scanner.terminator: missing; "
            "expected cr or lf or crlf or tab or none"
        ),
        f'a.toml:{line}: devices.scanner.terminater = "cr": unknown key; did you mean terminator?',
    ]


def test_a_wrong_unit_is_an_unknown_key() -> None:
    problem = the_problem("reading_s = 15.0", "reading_ms = 15000")
    assert (problem.key, problem.what) == ("limits.reading_ms", "unknown key")
    assert problem.nearest == "reading_s"
    assert problem.place.line == line_of("reading_s", MANTRAP)


def test_a_key_of_another_table_is_offered_in_full() -> None:
    problem = the_problem("[service]", "[service]\nbaud = 9600")
    assert problem.nearest == "devices.scanner.baud"


def test_a_missing_key_is_told_at_its_table() -> None:
    problem = the_problem('shape = "mantrap"\n', "")
    assert problem == Problem(
        problem.place, "gate.shape", "missing", "", "mantrap or turnstile", ""
    )
    assert problem.place.line == line_of("[gate]", MANTRAP)


@pytest.mark.parametrize(
    ("old", "new", "value", "bound"),
    [
        ("reading_s = 15.0", "reading_s = 900", "900", "a number, 1 to 60"),
        ("reading_s = 15.0", "reading_s = nan", "NaN", "a number, 1 to 60"),
        ("reading_s = 15.0", "reading_s = inf", "Infinity", "a number, 1 to 60"),
        ("reading_s = 15.0", 'reading_s = "15"', '"15"', "a number, 1 to 60"),
        ("reading_s = 15.0", "reading_s = true", "true", "a number, 1 to 60"),
        ("width = 1280", "width = 1280.0", "1280.0", "a whole number, 320 to 3840"),
        ("pin = 5,", "pin = 54,", "54", "a whole number, 0 to 53"),
        ("opens_by_itself = true", "opens_by_itself = 1", "1", "true or false"),
        ('pull = "down"', 'pull = "sideways"', '"sideways"', "up or down or none"),
        ('name = "bench-mantrap"', 'name = ""', '""', "1 to 32 letters, digits, dots, dashes"),
        ('name = "bench-mantrap"', 'name = "a\\n"', '"a\\n"', "1 to 32 letters, digits"),
        ("baud = 115200", "baud = 115201", "115201", "9600 or 19200"),
        ('code_id_prefix = ""', 'code_id_prefix = "]Q1xx"', '"]Q1xx"', "a text, 0 to 4 characters"),
    ],
)
def test_what_may_not_stand_there_is_refused_with_its_bound(
    old: str, new: str, value: str, bound: str
) -> None:
    found = problems_of(with_change(old, new))
    assert any(f" = {value}: " in one and f"expected {bound}" in one for one in found)


def test_a_value_where_a_table_belongs_is_refused() -> None:
    assert problems_of('extends = "bench_mantrap"\nlimits = "x"\n') == [
        'a.toml:2: limits = "x": not what may stand here; expected a table'
    ]


def test_two_things_on_one_pin_are_refused_at_the_second() -> None:
    problem = the_problem("exit_release = { pin = 27", "exit_release = { pin = 5")
    first = line_of("entry_closed =", MANTRAP)
    assert problem.key == "devices.board.outputs.exit_release.pin"
    assert (
        problem.what
        == f"this pin is already devices.board.inputs.entry_closed.pin (a.toml:{first})"
    )


def test_two_devices_on_one_line_are_refused() -> None:
    problem = the_problem('"/dev/video0"', '"/dev/egate/scanner"', PI)
    assert problem.key == "devices.camera.line"


def test_an_input_the_shape_must_have_is_missed() -> None:
    line = MANTRAP.split("\n")[line_of("chamber_single =", MANTRAP) - 1]
    problem = the_problem(line + "\n", "")
    assert (problem.key, problem.what) == ("devices.board.inputs.chamber_single", "missing")


def test_a_line_the_shape_does_not_have_is_refused() -> None:
    problem = the_problem(
        "[devices.board.outputs]",
        '[devices.board.outputs]\nentry_go.pin = 7\nentry_go.energised = "high" #',
        TURNSTILE,
    )
    assert problem.what == "a turnstile has no such line"


def test_a_mantrap_needs_its_entry_door_and_a_turnstile_has_none() -> None:
    missing = the_problem('[doors.entry]\nfail = "free" ', "#", MANTRAP)
    assert (missing.key, missing.what) == ("doors.entry", "missing")
    superfluous = the_problem(
        "[doors.exit]", '[doors.entry]\nfail = "free"\n[doors.exit]', TURNSTILE
    )
    assert superfluous.what == "a turnstile has no entry door"


@pytest.mark.parametrize(
    ("factory", "line"), [("lgpio", "/dev/gpiochip0"), ("pigpio", "tcp://127.0.0.1:8888")]
)
def test_an_active_low_relay_on_gpiozero_is_refused_with_the_cure(factory: str, line: str) -> None:
    text = with_change('factory = "pigpio"', f'factory = "{factory}"')
    text = with_change('"tcp://127.0.0.1:8888"', f'"{line}"', text)
    problem = the_problem('17, energised = "high"', '17, energised = "low"', text)
    assert problem.key == "devices.board.outputs.entry_release.energised"
    assert "wire it active-high" in problem.what


def test_an_active_low_relay_on_gpiod_is_accepted() -> None:
    profile = parse(with_change('17, energised = "high"', '17, energised = "low"', PI), "a.toml")
    assert [wire.energised for wire in profile.devices.board.outputs.values()].count("low") == 1


def test_a_factory_belongs_to_gpiozero_alone() -> None:
    assert the_problem('factory = "pigpio"\n', "").key == "devices.board.factory"
    extra = the_problem('driver = "io_gpiod"', 'driver = "io_gpiod"\nfactory = "lgpio"', PI)
    assert extra.what == "io_gpiod has no factory; leave this key out"


@pytest.mark.parametrize(
    "line",
    ["/dev/gpiochip0", "tcp://192.0.2.7:8888", "tcp://127.0.0.1", "tcp://127.0.0.1:0",
     "tcp://127.0.0.1:65536", "tcp://127.0.0.1:8888/x", "tcp://127.0.0.1.example:8888"],
)  # fmt: skip
def test_a_pigpio_board_is_a_socket_of_this_machine(line: str) -> None:
    problem = the_problem("tcp://127.0.0.1:8888", line)
    assert (problem.key, problem.what) == ("devices.board.line", "no line of pigpio")


@pytest.mark.parametrize(
    "line", ["tcp://127.0.0.1:8888", "/dev/gpiochip", "gpiochip0", "/dev/ttyS0"]
)
def test_a_gpiod_board_is_a_gpiochip(line: str) -> None:
    problem = the_problem('"/dev/gpiochip0"', f'"{line}"', PI)
    assert problem.bound == "/dev/gpiochipN"


@pytest.mark.parametrize("line", ["http://192.0.2.7:80/s", "rtsp://127.0.0.1:1/s", "video0"])
def test_a_camera_is_on_this_machine(line: str) -> None:
    assert the_problem("http://127.0.0.1:8080/stream", line).key == "devices.camera.line"


def test_a_scanner_is_on_a_path() -> None:
    assert the_problem("run/scanner", "tcp://127.0.0.1:1").key == "devices.scanner.line"


MRZ_READER = """[devices.mrz_reader]
driver = "mrz_serial"
line = "run/mrz"
baud = 9600
framing = "desko"

[devices.card_reader]
driver = "card_pcsc"
reader = "Gate NFC *"

[devices.camera]"""


def test_a_gate_may_have_an_mrz_reader_on_a_path_of_its_own() -> None:
    text = with_change("[devices.camera]", MRZ_READER)
    reader = parse(text, "a.toml").devices.mrz_reader
    assert isinstance(reader, MrzSerialSettings)
    assert (reader.framing, reader.idle_gap_ms) == ("desko", 150)
    assert parse(MANTRAP, "a.toml").devices.mrz_reader is None
    assert the_problem("run/mrz", "tcp://127.0.0.1:1", text).what == "no serial line"
    problem = the_problem("run/mrz", "run/scanner", text)
    assert (problem.key, problem.what) == (
        "devices.mrz_reader.line",
        "the scanner is on this line too",
    )


CAMERAS = find("bench_mantrap_cameras").read_text()
EITHER = "expected mrz_serial or mrz_camera"
ON_IT_TOO = "the MRZ reader is on this line too"


def test_with_cameras_for_page_and_code_everything_else_is_wired_as_with_serial_readers() -> None:
    serial, camera = load(find("bench_mantrap_documents")), load(find("bench_mantrap_cameras"))
    reader = camera.devices.mrz_reader
    assert isinstance(reader, MrzCameraSettings)
    assert (reader.width, reader.frame_timeout_ms) == (1280, 1000)
    assert isinstance(camera.devices.scanner, QrCameraSettings)
    readers = {name: getattr(serial.devices, name) for name in ("mrz_reader", "scanner")}
    devices = camera.devices.model_copy(update=readers)
    assert camera.model_copy(update={"devices": devices}) == serial


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'line = "http://127.0.0.1:8081/stream"',
            'line = "run/mrz"',
            f'devices.mrz_reader.line = "run/mrz": no camera line; expected {HTTP_WORDS}',
        ),
        (
            "http://127.0.0.1:8081/stream",
            "http://127.0.0.1:8080/stream",
            'devices.camera.line = "http://127.0.0.1:8080/stream": ' + ON_IT_TOO,
        ),
        (
            'driver = "mrz_camera"',
            'driver = "mrz_camera"\ninfrared = "http://127.0.0.1:8081/stream"',
            'devices.mrz_reader.infrared = "http://127.0.0.1:8081/stream": ' + ON_IT_TOO,
        ),
        (
            'driver = "mrz_camera"',
            'driver = "mrz_camera"\ninfrared = "run/infrared"',
            'devices.mrz_reader.infrared = "run/infrared": no camera line; expected ' + HTTP_WORDS,
        ),
        (
            'driver = "mrz_camera"',
            'driver = "mrz_cam"',
            'devices.mrz_reader.driver = "mrz_cam": not what may stand here; ' + EITHER,
        ),
        (
            'driver = "mrz_camera"',
            "#",
            "devices.mrz_reader.driver: missing; " + EITHER,
        ),
        (
            'driver = "mrz_camera"',
            'driver = "mrz_camera"\nbaud = 9600',
            "devices.mrz_reader.baud = 9600: mrz_camera has no baud; leave this key out",
        ),
        (
            "width = 1280                # the whole page",
            "width = 640 #",
            "devices.mrz_reader.width = 640: out of bounds; expected a whole number, 1000 to 3840",
        ),
        (
            'driver = "mrz_camera"',
            'driver = "mrz_camera"\nframe_timeout = 1000',
            "devices.mrz_reader.frame_timeout = 1000: unknown key; did you mean frame_timeout_ms?",
        ),
        (
            'driver = "mrz_camera"',
            'driver = "mrz_camera"\nframng = 1',  # near to a key of the other driver only
            "devices.mrz_reader.framng = 1: unknown key",
        ),
    ],
)
def test_a_key_of_a_reader_is_held_against_its_driver(old: str, new: str, told: str) -> None:
    problem = str(the_problem(old, new, CAMERAS))
    place, words = problem.split(": ", 1)
    assert place == f"a.toml:{place.rpartition(':')[2]}"
    assert words == told


def test_another_driver_in_an_extending_file_brings_its_own_keys_and_none_of_the_base() -> None:
    camera = """extends = "bench_mantrap_documents"
[devices.mrz_reader]
driver = "mrz_camera"
line = "/dev/video1"
width = 1920
height = 1080
"""
    reader = parse(camera, "a.toml").devices.mrz_reader
    assert isinstance(reader, MrzCameraSettings)
    assert (reader.line, reader.height) == ("/dev/video1", 1080)
    same = camera.replace("mrz_camera", "mrz_serial").replace("width = 1920\nheight = 1080\n", "")
    kept = parse(same, "a.toml").devices.mrz_reader
    assert isinstance(kept, MrzSerialSettings)
    assert kept.baud == 115200


def test_limits_that_contradict_each_other_are_refused() -> None:
    assert the_problem("exit_released_s = 20.0", "exit_released_s = 10.0").bound == (
        "less than exit_released_s (10)"
    )
    assert the_problem("verifying_s = 30.0", "verifying_s = 9").bound == "at most verifying_s (9)"


def test_a_limit_is_held_against_the_default_of_one_left_out() -> None:
    problem = the_problem(
        "exit_released_s = 20.0      #",
        "#",
        with_change("exit_warning_s = 10.0", "exit_warning_s = 25.0"),
    )
    assert problem.key == "limits.exit_warning_s"


def test_all_problems_are_told_at_once_those_between_keys_too() -> None:
    text = with_change("baud = 115200", "baud = 1")
    text = with_change("reading_s = 15.0", "reading_ms = 15", text)
    text = with_change("pin = 6,", "pin = 5,", text)
    text = with_change("face_try_s = 10.0", "face_try_s = 1000", text)
    assert [one.split(" = ")[0].split(": ")[1] for one in problems_of(text)] == [
        "limits.reading_ms",
        "limits.face_try_s",
        "devices.board.inputs.entry_locked.pin",
        "devices.scanner.baud",
    ]


def test_a_file_extends_a_shipped_profile_key_by_key() -> None:
    profile = parse('extends = "bench_mantrap"\n[limits]\nreading_s = 5.0\n', "a.toml")
    base = load(find("bench_mantrap"))
    assert profile.limits.reading_s == 5.0
    assert profile.limits.verifying_s == base.limits.verifying_s
    assert profile.devices == base.devices


def test_a_problem_points_at_the_file_that_set_the_key() -> None:
    found = problems_of('extends = "bench_mantrap"\n[limits]\nexit_released_s = 5\nhint_s = 0\n')
    line = line_of("exit_warning_s", MANTRAP)
    assert found[0] == "a.toml:4: limits.hint_s = 0: out of bounds; expected a number, 1 to 30"
    assert found[1].startswith(
        f"hardware_profiles/bench_mantrap.toml:{line}: limits.exit_warning_s"
    )


def test_an_unknown_base_is_refused_beside_what_else_can_be_said() -> None:
    assert problems_of('extends = "bench_mantrop"\n[limits]\nreading_s = 900\n') == [
        (
            'a.toml:1: extends = "bench_mantrop": unknown; expected the name of a shipped profile; '
            "did you mean bench_mantrap?"
        ),
        "a.toml:3: limits.reading_s = 900: out of bounds; expected a number, 1 to 60",
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[gate]\nname = \n", 2, "this is no TOML: Invalid value"),
        ("[gate]\nname = 1\nname = 2\n", 3, "this is no TOML: Cannot overwrite a value"),
        ("[gate]\nx = '''\nnever closed\n", 3, "this is no TOML: Expected \"'''\""),
        ("a" * 1001, 1, "too long a line"),
        ("a=" + "[" * 900 + "]" * 90, 1, "it is nested too deep"),
        ("x=1\n" + "\n".join(["a" + ".a" * 400 + "=1"]), 2, ""),
    ],
)
def test_what_is_no_toml_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ProfileRefused) as refusal:
        parse(text, "a.toml")
    assert any(p.place.line in (1, line) and words in p.what for p in refusal.value.problems)


def test_lines_are_told_across_strings_and_arrays_of_several_lines() -> None:
    text = 'x = """\n[gate]\nname = 1\n"""\ny = [\n 1,\n 2,\n]\n[limits]\nreading_s = 0\n'
    assert "a.toml:10: limits.reading_s = 0: out of bounds; expected a number, 1 to 60" in (
        problems_of(text)
    )


def test_a_file_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    large, binary = tmp_path / "large.toml", tmp_path / "binary.toml"
    large.write_text("#" * (LARGEST + 1))
    binary.write_bytes(b"[gate]\nname = '\xff'\n")
    with pytest.raises(ProfileRefused, match="too large"):
        load(large)
    with pytest.raises(ProfileRefused, match=r"binary\.toml:2: this is no UTF-8 text"):
        load(binary)


def test_a_profile_nobody_has_is_not_found_but_the_nearest_is_named() -> None:
    with pytest.raises(ProfileNotFound, match="did you mean bench_turnstile"):
        find("bench_turnstyle")


def test_an_accepted_profile_cannot_be_changed() -> None:
    profile = load(find("bench_mantrap"))
    with pytest.raises(ValueError, match="frozen"):
        profile.limits.reading_s = 1.0


def test_a_card_reader_may_be_there_and_is_named_by_a_pattern() -> None:
    assert load(find("pi_mantrap_gpio")).devices.card_reader is None
    reader = parse(with_change("[devices.camera]", MRZ_READER), "a.toml").devices.card_reader
    assert reader is not None
    assert reader.reader == "Gate NFC *"


@pytest.mark.parametrize("left_out", ["mrz_reader", "card_reader"])
def test_a_document_reader_has_both_parts(left_out: str) -> None:
    text = with_change("[devices.camera]", MRZ_READER)
    begin = text.index(f"[devices.{left_out}]")
    end = text.index("[devices.", begin + 1)
    (problem,) = problems_of(text[:begin] + text[end:])
    assert f"devices.{left_out}: missing" in problem
    assert "is of no use alone" in problem


def test_a_card_reader_without_a_name_is_refused() -> None:
    text = with_change("[devices.camera]", MRZ_READER).replace("Gate NFC *", "")
    line = line_of('reader = ""', text)
    (problem,) = problems_of(text)
    assert problem == (
        f'a.toml:{line}: devices.card_reader.reader = "": not what may stand here; '
        "expected a text, 1 to 128 characters"
    )


WITHOUT = find("bench_turnstile").read_text()  # has no such sensor yet
SENSOR = """
[devices.fingerprint]
driver = "fingerprint_zfm"
line = "/dev/egate/fingerprint"
baud = 57600
"""


def test_a_fingerprint_sensor_is_as_it_is_sold_unless_the_profile_says_otherwise() -> None:
    sensor = parse(WITHOUT + SENSOR, "a").devices.fingerprint
    assert isinstance(sensor, FingerprintZfmSettings)
    assert (sensor.template_bytes, sensor.packet_bytes, sensor.answer_timeout_ms) == (
        512,
        128,
        1500,
    )
    assert (sensor.address, sensor.password) == ("FFFFFFFF", "00000000")


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("baud = 57601", "57601: not what may stand here; expected 9600 or 19200 or 38400"),
        ("packet_bytes = 100", "100: not what may stand here; expected 32 or 64 or 128 or 256"),
        ("template_bytes = 100", "100: out of bounds; expected a whole number, 128 to 2048"),
        ('address = "FFFF"', '"FFFF": not what may stand here; expected 8 hexadecimal digits'),
        ('password = "12345678x"', "expected 8 hexadecimal digits"),
        ("answer_timeout_ms = 9", "9: out of bounds; expected a whole number, 200 to 5000"),
        ("answer_timeout_s = 1", "unknown key; did you mean answer_timeout_ms?"),
    ],
)
def test_what_a_fingerprint_sensor_cannot_be_is_refused_with_its_bound(
    added: str, told: str
) -> None:
    table = SENSOR.replace("baud = 57600\n", "") if added.startswith("baud") else SENSOR
    (problem,) = problems_of(WITHOUT + table + added + "\n")
    assert f"devices.fingerprint.{added.partition(' ')[0]}" in problem
    assert told in problem


def test_a_fingerprint_sensor_has_a_serial_line_of_its_own() -> None:
    on_tcp = SENSOR.replace("/dev/egate/fingerprint", "tcp://127.0.0.1:9")
    assert "no serial line" in "".join(problems_of(WITHOUT + on_tcp))
    scanners = parse(WITHOUT, "a").devices.scanner.line
    shared = SENSOR.replace("/dev/egate/fingerprint", scanners)
    assert "the scanner is on this line too" in "".join(problems_of(WITHOUT + shared))


def test_where_this_machine_compares_the_sensors_templates_have_no_length() -> None:
    told = SENSOR.replace("fingerprint_zfm", "fingerprint_nbis")
    slow = WITHOUT.replace("[limits]", "[limits]\nfinger_try_s = 12.0", 1)
    (problem,) = problems_of(slow + told + "template_bytes = 512\n")
    assert "fingerprint_nbis has no template_bytes; leave this key out" in problem


def test_a_try_is_long_enough_for_the_picture_that_a_sensor_sends_and_no_longer_than_all() -> None:
    told = SENSOR.replace("fingerprint_zfm", "fingerprint_nbis")
    (problem,) = problems_of(WITHOUT + told)
    assert "limits.finger_try_s: a picture of a finger takes longer" in problem
    assert "at least 10" in problem
    slow = WITHOUT.replace("[limits]", "[limits]\nfinger_try_s = 10.0", 1)
    assert parse(slow + told, "a").limits.finger_try_s == 10.0
    short = slow.replace("verifying_s = 30.0", "verifying_s = 9.0").replace("face_try_s = 10.0", "")
    problems = "".join(problems_of(short + SENSOR))
    assert "limits.finger_try_s = 10.0: one try is longer than all of them" in problems


PAGES = "[pages]\nport = 8800\n"
TLS = 'certificate = "a.pem"\nkey = "a.key"\nclient_ca = "ca.pem"\n'


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_pages_on_this_machine_need_no_certificate(host: str) -> None:
    pages = parse(MANTRAP + PAGES + f'host = "{host}"\n', "a.toml").pages
    assert pages is not None
    assert (pages.host, pages.port) == (host, 8800)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "gate.example", "127.0.0.1.example"])
def test_pages_that_others_reach_need_tls_and_client_certificates(host: str) -> None:
    text = MANTRAP + PAGES + f'host = "{host}"\n'
    assert parse(text + TLS, "a.toml").pages is not None
    (problem,) = problems_of(text)
    assert "pages.certificate: missing: others reach this host" in problem


def test_a_certificate_for_the_pages_wants_its_key_and_who_may_come() -> None:
    (problem,) = problems_of(MANTRAP + PAGES + 'certificate = "a.pem"\nkey = "a.key"\n')
    assert "pages.client_ca: missing: it is of no use alone" in problem


def test_the_service_limits_that_profiles_show_are_the_defaults() -> None:
    for name in shipped():
        text = find(name).read_text().partition("# [service_after]\n")[2].partition("\n\n")[0]
        shown = dict(re.findall(r"^# (\w+) = ([\d_]+) +#", text, re.MULTILINE))
        asked = "[service_after]\n" + "".join(f"{key} = {value}\n" for key, value in shown.items())
        assert len(shown) >= 6
        told = parse(f'extends = "{name}"\n{asked}', "a.toml")
        assert told.service_after == ServiceAfter()


@pytest.mark.parametrize(
    "line", ["door_cycles = 999", "lamp_hours = 1.5", "errors_per_1000 = 0", "door_cycle = 5000"]
)
def test_a_service_limit_is_held_to_its_bound(line: str) -> None:
    (told,) = problems_of(f'extends = "bench_mantrap"\n[service_after]\n{line}\n')
    assert told.startswith(f"a.toml:3: service_after.{line.split(maxsplit=1)[0]}")
