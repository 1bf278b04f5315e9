"""What is to be said of a country signer's certificate before it is trusted, and while it is.

Real country signers are odd in many ways that do not keep their documents from being genuine, so
what only deserves a remark is told apart from what makes a certificate useless.

Source: ICAO 9303-12 section 7.1; research/emrtd.md section 4 (588 certificates of 113 countries).
"""

from egate.document.certificates import Certificate
from egate.document.signatures import AlgorithmRefused


def why_useless(certificate: Certificate) -> str:
    """Return why nothing can be verified with it, empty when something can.

    not_a_country_signer, or a reason of AlgorithmRefused.
    """
    if not certificate.may_sign_certificates:
        return "not_a_country_signer"
    try:
        certificate.public_key()
    except AlgorithmRefused as refusal:
        return refusal.reason
    return ""


def is_self_signed_wrongly(certificate: Certificate) -> bool:
    """Tell whether it says it signed itself and its key did not: then it is no certificate at all.

    A signature in a way that is not known here is not held against it: it is not what makes a
    trust anchor trusted.
    """
    own_key_ids = (b"", certificate.extensions.key_id)
    if not certificate.is_self_issued or certificate.extensions.issuer_key_id not in own_key_ids:
        return False
    try:
        return not certificate.is_signed_by(certificate.public_key())
    except AlgorithmRefused:
        return False


def remarks(certificate: Certificate, now_utc_s: float) -> tuple[str, ...]:
    """Return what a technician should know about it, as codes."""
    extensions = certificate.extensions
    told = {
        why_useless(certificate): True,
        certificate.valid.standing(now_utc_s) or "": True,
        "not_marked_as_ca": extensions.is_ca is not True,
        "no_key_usage": extensions.key_usage is None,
        "no_key_id": not extensions.key_id,
        "unknown_critical_extension": bool(extensions.unknown_critical),
        "signed_with_sha1": certificate.scheme_in_words().startswith("sha1 "),
        "self_signature_does_not_verify": is_self_signed_wrongly(certificate),
    }
    return tuple(name for name, is_so in told.items() if name and is_so)
