"""A file in which coded evidence is filled in: for spreadsheets or for QGIS."""

from __future__ import annotations

from typing import Annotated

from geoterritorio.assessment.profile_rules import RULES, ProfileRules
from geoterritorio.i18n import Language
from geoterritorio.layers.schema import Territories
from geoterritorio.publication.evidence_form import evidence_form
from geoterritorio.publication.evidence_sheet import evidence_workbook
from geoterritorio.registry import File, Number, form


@form("assessment")
def evidence_template(
    territories: Territories,
    *,
    highest: Annotated[int, Number("", 1.0, 100.0)] = 4,
    lists: str | None = None,
    ending: str = ".gpkg",
    lang: Language = "en",
) -> Annotated[bytes, File((".gpkg", ".xlsx"))]:
    """
    Form for coded evidence.

    Coders fill in what sources say of each item of each territory. Territories, items and ratings are chosen from
    lists; a statement without a source is refused. In QGIS add the table “evidence” of the GeoPackage to your project,
    switch on editing and add rows; in a spreadsheet write into the sheet “evidence”. What is filled in is the evidence
    of `leader_profile` and `ladder`.

    Parameters
    ----------
    territories
        Territories that are assessed.
    highest
        Highest rating of the scale, which goes by whole steps from 0.
    lists
        Lists whose items are assessed, with semicolons between; by default those of a profile.
    ending
        Format: .gpkg, or .xlsx.
    lang
        Language of the words to choose from.

    Returns
    -------
    output
        File to fill in: a form for QGIS (.gpkg) or a spreadsheet (.xlsx).

    Raises
    ------
    LayerError
        If lists are not known.
    DependencyError
        If the spreadsheet's library is not installed.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> towns = gpd.GeoDataFrame({"territory": ["A"]}, geometry=[Point(0, 0)], crs="EPSG:25830")
    >>> evidence_template(towns)[:15]
    b'SQLite format 3'
    """
    rules = ProfileRules(highest=highest, lists=lists or RULES.lists)
    make = evidence_workbook if ending == ".xlsx" else evidence_form
    return make(territories, rules=rules, lang=lang)
