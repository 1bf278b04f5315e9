"""The vision host: camera, light, networks and the key that opens sealed faces; no door."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from egate.compose.hosts import host_process
from egate.compose.setup import below, quiet_opencv, registry_place, takes_documents
from egate.loop.files import GateFiles, Places
from egate.loop.host_silence import video_silence_s
from egate.loop.logs import configure_logs

if TYPE_CHECKING:
    from egate.loop.light_show import LightParts
    from egate.loop.picture_window import PictureWindow
    from egate.loop.vision_body import Eyes, VisionParts
    from egate.ports.camera import Camera
    from egate.ports.light import Light
    from egate.profile.settings import HardwareProfile
    from egate.vision.faces import Picture


def vision_process(profile: HardwareProfile, places: Places) -> int:
    """Run the vision host; return the exit status. Native libraries load in its body's thread."""
    from egate.loop.vision_body import VisionBody

    configure_logs("vision")
    quiet_opencv()
    silence_s = video_silence_s(profile.devices.camera.frame_timeout_ms)
    body = VisionBody(_vision_parts(profile, places))
    return host_process("vision", body, places, silence_s)


def _vision_parts(profile: HardwareProfile, places: Places) -> VisionParts:
    from egate.loop.reference import open_reference
    from egate.loop.vision_body import VisionParts
    from egate.references import face_template_reader, portrait_reader

    gate_files, settings = GateFiles(profile.files, places.data), profile.devices.camera
    key, policy = gate_files.gate_key(), gate_files.policy()
    template_of = face_template_reader(registry_place(profile, places.data))

    window = _picture_window(profile, places)

    def open_camera() -> Camera:
        from drivers.catalogue import camera

        return camera(settings, time.monotonic)

    def open_eyes() -> Eyes:
        from egate.domain.head_turn import draw_turns
        from egate.inspection.liveness_checks import asks_for_a_turn
        from egate.loop.decoder import Decoder
        from egate.loop.vision_body import Eyes
        from egate.vision.capture import LONGER, FaceCapture, LookTimes
        from egate.vision.faces import FaceEngine
        from egate.vision.models import load_models
        from egate.vision.pad_network import load_network
        from egate.vision.presentation_attack import Challenge, Fitted, LivenessLook

        engine, decoder = FaceEngine(load_models()), Decoder(time.monotonic)
        fitted, named = Fitted(light=profile.devices.light is not None), profile.files
        network = (
            load_network(places.data / named.texture_network, named.texture_network_sha256)
            if named.texture_network
            else None
        )

        def new_liveness() -> LivenessLook:
            challenge = Challenge(
                draw_turns(os.urandom), lambda layers: asks_for_a_turn(layers, policy.liveness)
            )
            return LivenessLook(fitted, network, picks_own=False, challenge=challenge)

        return Eyes(
            new_look=lambda: FaceCapture(
                engine,
                time.monotonic,
                policy.face_quality,
                new_liveness=new_liveness,
                times=LONGER if fitted.light else LookTimes(),
            ),
            face_of=portrait_reader(engine, decoder, window.reference if window else None),
            rest=decoder.prepare if takes_documents(profile) else lambda: None,
        )

    return VisionParts(
        open_camera=open_camera,
        open_eyes=open_eyes,
        open_reference=lambda ask, face_of: open_reference(ask, key, template_of, face_of),
        clock=time.monotonic,
        frame_timeout_s=settings.frame_timeout_ms / 1000,
        light=_light_parts(profile, places),
        window=window,
    )


def _picture_window(profile: HardwareProfile, places: Places) -> PictureWindow | None:
    """Build the way of small pictures to the pages; none where no pages are served."""
    from egate.loop.picture_window import PictureWindow

    if profile.pages is None:
        return None

    def to_jpeg(picture: Picture, longer_side: int) -> bytes:
        from egate.vision.preview import to_jpeg

        return to_jpeg(picture, longer_side)

    return PictureWindow(places.pictures, to_jpeg, time.monotonic)


def _light_parts(profile: HardwareProfile, places: Places) -> LightParts | None:
    from egate.loop.light_show import LightParts

    named = profile.devices.light
    if named is None:
        return None
    settings = named.model_copy(update={"line": below(places.data, named.line)})

    def open_light() -> Light:
        from drivers.catalogue import light

        return light(settings, time.monotonic)

    return LightParts(open_light, os.urandom)
