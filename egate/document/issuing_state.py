"""Whether the state that signed a document is the one that its zone names as its issuer.

    passed        same_state                evidence: the state in the zone, the signer's country
    failed        another_state, document_type_not_listed
    inconclusive  unknown_state             a code that no table here has
    not_done      no_chip_zone, no_document_signer

Certificates name a country by two letters, zones a state or organisation by up to three, and some
zones have codes of their own. A signer of one state vouches for no document of another.

Source: ICAO 9303-3, section 5 (codes of states and organisations, parts A to D); ISO 3166-1;
9303-12, 7.1.1.4 (country) and 7.1.1.6 (document types); research/emrtd.md 6.2, rule 10.
"""

from types import MappingProxyType
from typing import Final

from egate.document.mrz import Mrz
from egate.document.passive_authentication import Proof
from egate.domain.check import Check, Evidence, Finding, Outcome

CHECK: Final = Check.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE

_ISO_3166: Final = """
    ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU
    AUTAT AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ
    BMUBM BOLBO BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI
    CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE
    DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK
    FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR
    GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN
    IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH
    KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV
    MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN
    MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI
    NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL
    PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG
    SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI
    SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT
    TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG
    VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW
"""
_OF_ICAO: Final = {
    "D": "DE",
    "GBD": "GB",  # overseas territories
    "GBN": "GB",  # national overseas
    "GBO": "GB",  # overseas
    "GBP": "GB",  # protected
    "GBS": "GB",  # subjects
    "RKS": "KS",  # Kosovo
    "EUE": "EU",
    "UNA": "UN",
    "UNK": "UN",
    "UNO": "UN",
    "XOM": "XO",  # the Order of Malta
    "UTO": "UT",  # of specimens
}
COUNTRY_OF: Final = MappingProxyType({pair[:3]: pair[3:] for pair in _ISO_3166.split()} | _OF_ICAO)
ALSO_SIGNED_BY: Final = MappingProxyType({"CHN": frozenset({"HK", "MO"})})


def compare(zone: Mrz | None, proof: Proof) -> Finding:
    """Say whether the document signer is of the state that the chip's zone names."""
    if proof.document_signer is None:
        return Finding(CHECK, Outcome.NOT_DONE, "no_document_signer")
    if zone is None:
        return Finding(CHECK, Outcome.NOT_DONE, "no_chip_zone")
    evidence: Evidence = {"issuer": zone.issuer, "signer": proof.country}
    if zone.issuer not in COUNTRY_OF:
        return Finding(CHECK, Outcome.INCONCLUSIVE, "unknown_state", evidence)
    if not _is_of(zone.issuer, proof):
        return Finding(CHECK, Outcome.FAILED, "another_state", evidence)
    if not _is_listed(zone.document_code, proof.document_types):
        return Finding(CHECK, Outcome.FAILED, "document_type_not_listed", evidence)
    return Finding(CHECK, Outcome.PASSED, "same_state", evidence)


def _is_of(issuer: str, proof: Proof) -> bool:
    """Compare the country, and the state too where the certificate tells it."""
    country = COUNTRY_OF[issuer]
    by = {country} | ALSO_SIGNED_BY.get(issuer, frozenset())
    state = COUNTRY_OF.get(proof.state, proof.state)
    return proof.country in by and (not state or state in by)


def _is_listed(code: str, types: tuple[str, ...]) -> bool:
    """Say whether a certificate that names types of document names this one; P is any passport.

    An empty type is one that could not be read: it names none.
    """
    return not types or any(one and code.startswith(one) for one in types)
