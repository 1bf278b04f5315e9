"""The 22 rules for an inspection system, and what proves each: positive and negative.

A proof is a case of the corpus, by its name, or a test of another place, `file::test`. Positive:
what is right goes on. Negative: what the rule is about is told, or ends the reading.

Source: research/emrtd.md 6.2.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule is about, and its proofs."""

    about: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]


DOCUMENT, LOOP = "tests/document/test_", "tests/loop/test_"
RULES: dict[int, Rule] = {
    1: Rule(
        "PACE never becomes basic access in silence",
        ("an older passport: basic access, active authentication", "PACE only"),
        (
            *(f"PACE refused at step {step}" for step in range(5)),
            "PACE refused where the policy lets basic access follow",
            f"{DOCUMENT}reading.py::test_pace_is_not_forgotten_when_a_reading_begins_again",
        ),
    ),
    2: Rule(
        "EF.CardAccess is unsigned",
        ("a passport", "chip authentication mapping alone"),
        (
            "EF.CardAccess offers weaker PACE than was signed",
            "EF.CardAccess is not there",
            "EF.CardAccess is denied",
            "EF.CardSecurity with the forger's key",
        ),
    ),
    3: Rule(
        "a promised proof of the chip is mandatory",
        (
            "chip authentication alone",
            "active authentication alone",
            "DG14 is signed and holds no infos",
        ),
        (
            "a cloned chip without the key of chip authentication",
            "a cloned older passport without the key of active authentication, RSA",
            "a cloned chip without the key of chip authentication mapping",
            "DG14 listed and not given, and EF.COM keeps it",
            "DG15 stripped from an older passport, and EF.COM keeps it",
            "chip authentication refused",
            "a clone of a document that proves nothing of its chip",
        ),
    ),
    4: Rule(
        "a key proves nothing but what is signed",
        ("DG11 altered", "every data group altered, but the keys"),
        (
            "DG14 altered, and the chip holds the forger's key",
            "DG15 altered, and the chip holds the forger's key",
            "DG15 signed by nobody, where nothing else proves the chip",
            "a substituted signer",
        ),
    ),
    5: Rule(
        "active authentication",
        (
            "active authentication by RSA",
            "active authentication by brainpool and SHA-512",
            f"{DOCUMENT}active_authentication.py::test_every_hash_of_an_rsa_signature_is_known_by_its_trailer",
            f"{DOCUMENT}active_authentication.py::test_an_ecdsa_signature_proves_the_key_in_both_forms",
        ),
        (
            "another challenge signed, ECDSA",
            "another challenge signed, RSA",
            f"{DOCUMENT}active_authentication.py::test_an_rsa_signature_that_is_none_fails",
            f"{DOCUMENT}active_authentication.py::test_a_key_that_cannot_be_used_is_inconclusive",
        ),
    ),
    6: Rule(
        "data groups signed and not there, there and not signed",
        ("DG11 signed by nobody, and EF.COM does not tell", "DG3 asked for and denied"),
        (
            "DG1 signed by nobody",
            "DG2 signed by nobody",
            "DG1 stripped",
            "DG2 stripped",
            "DG14 stripped",
            "DG15 stripped",
            f"{DOCUMENT}passive_authentication.py::test_an_injected_data_group_is_unlisted_which_is_not_altered",
        ),
    ),
    7: Rule(
        "the security object says what to read",
        ("versions under the signature", f"{DOCUMENT}reading.py::test_what_com_lists_is_not_read"),
        (
            "EF.COM leaves DG15 out",
            "EF.COM names what is not there",
            "EF.COM is garbage",
            "EF.COM has another version than was signed",
        ),
    ),
    8: Rule(
        "hash algorithms",
        ("sha224 over the files", "sha512 over the files", "signed by rsa-pss sha512"),
        (
            "SHA-1 over the files",
            "MD5 over the files",
            "signed by rsa sha1",
            "signed by ecdsa sha1 secp256r1",
            "a signer's key of RSA-1024",
            f"{DOCUMENT}passive_authentication.py::test_hashes_without_signed_attributes_are_not_signed",
            f"{DOCUMENT}cms.py::test_only_what_fits_verifies",
        ),
    ),
    9: Rule(
        "bytes are hashed as they were read",
        (
            f"{DOCUMENT}passive_authentication.py::test_a_security_object_written_in_ber_is_what_it_says",
        ),
        ("DG2 announces less than there is", "DG2 announces nothing"),
    ),
    10: Rule(
        "document signer and country signer",
        ("a passport", "an identity card like Viet Nam's", "a diplomatic passport"),
        (
            "a substituted signer",
            "a signer that signed before its time",
            "a signer of lists",
            "a document of one state, signed by another",
            "a state in no table",
            "a type of document its signer does not list",
            f"{DOCUMENT}passive_authentication.py::test_a_certificate_made_for_something_else_signs_no_documents",
        ),
    ),
    11: Rule(
        "the trust store's feed",
        (
            f"{DOCUMENT}list_signer.py::test_a_list_is_proven_up_to_the_country_signer",
            "tests/registry/test_trust.py::test_a_newer_list_replaces_the_older_one_and_who_left_it_is_no_longer_trusted",
        ),
        (
            "tests/registry/test_trust.py::test_an_older_list_never_replaces_a_newer_one",
            f"{DOCUMENT}list_signer.py::test_a_document_signer_signs_no_master_list",
            "no country signer held",
            "another state's country signer held, of the same name",
        ),
    ),
    12: Rule(
        "revocation",
        (
            "a list without a name on it",
            f"{DOCUMENT}trust_store.py::test_lists_speak_for_a_signer_under_its_names_before_and_after",
        ),
        (
            "a revoked signer",
            "a revoked country signer",
            "a revoked signer on an old list",
            "no revocation list",
            "a revocation list that is old",
            "a revocation list of next week",
        ),
    ),
    13: Rule(
        "deviations",
        (
            "a sound document of a signer with deviations",
            "DG11 altered as its state has told",
            "a signature that is none, as its state has told",
        ),
        (
            "DG2 altered where its state told of DG11",
            "DG11 altered where its state told of another signer",
            f"{DOCUMENT}passive_authentication.py::test_a_deviation_that_a_forger_could_copy_excuses_no_signer",
        ),
    ),
    14: Rule(
        "the chip's zone is the printed one",
        (
            "a card with a long number",
            "a name longer than its field",
            "the chip's zone in another layout, the name cut off there",
        ),
        (
            "a chip of another name",
            "a chip of another number opens by the page all the same",
            "a chip of another birth date opens by the page all the same",
            "a chip of another expiry date opens by the page all the same",
            "the chip's zone in another layout, the name cut off too soon",
            "DG1 altered, the page is genuine",
        ),
    ),
    15: Rule(
        "tries with a wrong zone",
        ("PACE by the card access number",),
        (
            "a number misread",
            "a birth date's digit misread",
            "an expiry date's digit misread",
            "a chip of another number does not open",
            f"{LOOP}card_session.py::test_a_zone_with_a_wrong_digit_costs_the_chip_no_try",
        ),
    ),
    16: Rule(
        "secure messaging",
        (
            "3DES throughout",
            "a chip that breaks off because of a length, and is opened again",
            f"{DOCUMENT}secure_messaging.py::test_a_refusal_of_the_chip_is_protected_too",
        ),
        (
            "secure messaging: plain, at EF.SOD",
            "secure messaging: bare, at EF.SOD",
            "secure messaging: other_status, at EF.SOD",
            "secure messaging: no_status, at EF.SOD",
            "secure messaging: replayed, at EF.SOD",
            "secure messaging: wrong_mac, at EF.SOD",
            "the first answer on the new channel does not verify",
            f"{DOCUMENT}reading.py::test_no_key_outlives_the_reading",
        ),
    ),
    17: Rule(
        "a hostile chip",
        ("a portrait of 40 KB, read by the other READ BINARY", "a JPEG as large as allowed"),
        (
            "DG2 announces 4 GiB",
            "DG2 has an indefinite length",
            "EF.SOD announces 4 GiB",
            "EF.CardAccess announces 4 GiB",
            "a chip that never ends",
            "a chip that gives four bytes at a time",
            "a session of too many bytes",
            "a JPEG that announces 65535 x 65535",
            "a codestream of 2^32 x 2^32",
            "tests/wire/test_tlv.py::test_too_many_data_objects_are_refused",
        ),
    ),
    18: Rule(
        "a card that hangs",
        ("a chip that drips",),
        (
            *(f"the chip is mute from command {at} on" for at in (1, 4, 12, 21)),
            "a chip too slow for the deadline",
            "tests/drivers/test_card_pcsc.py::test_a_process_killed_while_it_waits_leaves_the_reader_to_the_next_card",
            f"{LOOP}document_passage.py::test_a_chip_that_is_not_answered_for_in_time_opens_no_door",
        ),
    ),
    19: Rule(
        "one card, one session",
        (
            f"{LOOP}card_session.py::test_a_card_that_leaves_and_comes_back_is_read_from_the_beginning",
        ),
        (
            *(f"the card leaves after {size} bytes" for size in (10, 900, 4_000)),
            "tests/drivers/test_card_pcsc.py::test_a_document_swapped_in_the_middle_gives_nothing_of_the_second",
            f"{LOOP}card_session.py::test_another_card_in_its_place_is_never_mixed_with_it",
        ),
    ),
    20: Rule(
        "relay: the time of each command is a signal, and stops nobody by itself",
        (f"{LOOP}card_session.py::test_every_exchange_is_told_with_its_seconds",),
        ("a chip too slow for the deadline",),
    ),
    21: Rule(
        "privacy",
        (f"{LOOP}document_body.py::test_a_page_is_told_by_its_findings_and_times_only",),
        (
            "tests/corpus/test_in_process.py::test_nothing_that_is_told_shows_anything_of_the_holder",
            f"{DOCUMENT}reading.py::test_a_reading_tells_nothing_of_the_holder",
            f"{DOCUMENT}secure_messaging.py::test_a_channel_tells_no_key",
            "tests/drivers/test_card_pcsc.py::test_no_error_shows_what_a_card_said",
        ),
    ),
    22: Rule(
        "DG3 and DG4 without rights are no error",
        (
            "DG3 asked for and denied",
            "fingers wanted by nobody the chip could know",
            "fingers read by a terminal with the right",
            "a terminal that the chip does not know",
        ),
        ("DG2 denied", "a chip that has the terminal sign too little"),
    ),
}
