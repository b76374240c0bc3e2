"""Groups of related industries of the invented territory, with the role of each sector.

What a user would bring from elsewhere: who buys of whom, and who serves whom, in six trades that have planted systems
somewhere and in eight that have none. The table is the same in every territory and every scenario, so it does not tell
what was planted where.
"""

from __future__ import annotations

import comarca_codes as codes
import pandas as pd

ROLES = ("core", "supplier", "service")
# Group: name, then the sectors of each role.
GROUPS = {
    "leather": ("Leather and footwear / Cuero y calzado", "15.1 15.2", "20.5 22.1 28.9", "46.1 46.4 74.1"),
    "ceramics": ("Ceramics and homes / Cerámica y hogar", "23.3 23.4 31.0", "08.1 20.3 28.9", "46.7 74.1"),
    "machinery": (
        "Machinery and tools / Maquinaria y herramientas",
        "28.2 28.4 28.9",
        "24.5 25.6 25.7",
        "33.2 46.6 71.1",
    ),
    "food": ("Food and drink / Alimentos y bebidas", "10.3 10.8 11.0", "01.2 17.2 22.2", "46.3 52.1 72.1"),
    "electronics": (
        "Electronics and health / Electrónica y salud",
        "26.5 26.6 32.5 62.0",
        "26.1 27.3",
        "63.1 71.2 72.1",
    ),
    "vehicles": ("Vehicles and parts / Vehículos y piezas", "29.1 29.2 29.3", "22.1 22.2 25.6", "45.3 71.2"),
    "clothing": (
        "Textiles and clothing / Textil y confección",
        "13.1 13.2 13.3 13.9 14.1 14.3",
        "20.6 22.1",
        "46.4 74.1",
    ),
    "wood": ("Wood and cork / Madera y corcho", "16.1 16.2", "02.1 02.2 02.4", "46.7"),
    "printing": ("Printing and media / Imprenta y medios", "18.1 18.2 58.1", "17.1 17.2", "73.1 74.1 74.2"),
    "tourism": (
        "Tourism and leisure / Turismo y ocio",
        "55.1 55.2 55.3 79.1 79.9",
        "56.1 56.3",
        "77.1 82.3 93.2",
    ),
    "building": (
        "Building and fitting / Obras y acabados",
        "41.2 43.2 43.3 43.9",
        "08.1 23.5 23.6 25.1",
        "71.1 77.3",
    ),
    "chemistry": (
        "Chemistry and medicines / Química y medicamentos",
        "20.1 20.2 20.4 21.1 21.2",
        "22.2",
        "71.2 72.1",
    ),
    "metals": (
        "Metals and castings / Metales y fundición",
        "24.1 24.2 24.3 25.1 25.5",
        "24.5 38.3",
        "33.1 46.7",
    ),
    "logistics": (
        "Transport and storage / Transporte y almacén",
        "49.4 52.1 52.2 53.2",
        "45.2 47.3",
        "77.1 78.2",
    ),
}


def definitions() -> pd.DataFrame:
    """
    Sectors of each group and their role.

    Returns
    -------
    DataFrame
        `sector`, `sector_name`, `group`, `group_name`, `role`, `nature`; a sector may be in several groups.
    """
    rows = [
        (sector, group, name, role)
        for group, (name, *members) in GROUPS.items()
        for role, listed in zip(ROLES, members, strict=True)
        for sector in listed.split()
    ]
    table = pd.DataFrame(rows, columns=["sector", "group", "group_name", "role"])
    titles = codes.sectors().set_index("sector")["name"]
    table.insert(1, "sector_name", table["sector"].map(titles))
    return table.assign(nature=codes.NATURE)
