"""The countries and territories that ISO 3166-1 knows, by their codes of two letters (alpha-2)."""

from __future__ import annotations

from fairstock.kit.errors import BadInput

_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""

COUNTRIES = frozenset(_CODES.split())
"""Officially assigned codes as of 2024; source: ``iso3166.tab`` of the IANA time zone database (public
domain). Codes that anybody may use for themselves (AA, QM to QZ, XA to XZ, ZZ) are not among them;
ZZ stands in reports for a country that nobody recorded (``accrual_territory``).
"""


class NotACountry(BadInput):
    """A text is no code of a country."""

    def __init__(self, text: object) -> None:
        self.text = text
        super().__init__(
            f"{text!r} is no country of ISO 3166.", remedy="write its code of two letters, such as DE"
        )


def checked_country(text: str) -> str:
    """The code in capitals; raises ``NotACountry``."""
    code = text.strip().upper()
    if code not in COUNTRIES:
        raise NotACountry(text)
    return code
