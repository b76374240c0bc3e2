"""Fields of knowledge (ISCED-F 2013) in words, as the held vocabulary has them."""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.i18n import mark

FIELDS: Mapping[str, str] = {
    "001": mark("Basic programmes and qualifications"),
    "002": mark("Literacy and numeracy"),
    "003": mark("Personal skills and development"),
    "011": mark("Education"),
    "021": mark("Arts"),
    "022": mark("Humanities (except languages)"),
    "023": mark("Languages"),
    "031": mark("Social and behavioural sciences"),
    "032": mark("Journalism and information"),
    "041": mark("Business and administration"),
    "042": mark("Law"),
    "051": mark("Biological and related sciences"),
    "052": mark("Environment"),
    "053": mark("Physical sciences"),
    "054": mark("Mathematics and statistics"),
    "061": mark("Information and communication technologies"),
    "071": mark("Engineering and engineering trades"),
    "072": mark("Manufacturing and processing"),
    "073": mark("Architecture and construction"),
    "081": mark("Agriculture"),
    "082": mark("Forestry"),
    "083": mark("Fisheries"),
    "084": mark("Veterinary"),
    "091": mark("Health"),
    "092": mark("Welfare"),
    "101": mark("Personal services"),
    "102": mark("Hygiene and occupational health services"),
    "103": mark("Security services"),
    "104": mark("Transport services"),
}
