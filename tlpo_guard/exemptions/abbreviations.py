"""Acronyms and units, which every language shares."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["Acronyms", "Units"]

_ACRONYM = re.compile(r"(?<![A-Za-z])(?:[A-Z][A-Za-z]{0,7}-?\d[\w.\-]*|[A-Z]{2,6}s?|[A-Z]\d+|[A-Z]/[A-Z])(?![A-Za-z])")
_NAMES = (
    "km/h km²? m²? m³? cm[²³]? mm nm µm μm dm kg mg µg μg g t ml cl dl l kWh MWh GWh Wh kW MW GW W kHz MHz GHz Hz kV mV V"
    " mA A kB KB MB GB TB PB kbps Mbps Gbps bps dpi px fps rpm ha mol Pa hPa kPa bar psi cal kcal J kJ min h s ms ns"
    " ft in oz lb lbs mph mi"
)
_UNIT = re.compile(rf"(?<=\d)\s?(?:{'|'.join(_NAMES.split())})(?![A-Za-z])|°\s?[CF](?![A-Za-z])|℃|℉")


class Acronyms:
    """Words of capitals, and names with a number (NATO, GPT-4, H2)."""

    def spans(self, text: str) -> Iterator[Span]:
        """The acronyms."""
        return (match.span() for match in _ACRONYM.finditer(text))


class Units:
    """Units after a number, and degrees."""

    def spans(self, text: str) -> Iterator[Span]:
        """The units."""
        return (match.span() for match in _UNIT.finditer(text))
