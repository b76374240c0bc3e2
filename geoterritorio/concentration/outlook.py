"""What complex sectors are near to what a territory already has?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration._margins import Whole, like
from geoterritorio.concentration.economic_complexity import complexity
from geoterritorio.concentration.relatedness import density, matrix, presence_of

Floats = npt.NDArray[np.float64]


def complexity_outlook(
    counts: pd.DataFrame,
    *,
    standardise: bool = True,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
) -> pd.Series:
    r"""
    Complexity of the sectors a territory lacks, weighted by how near they are.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown. A table of zeros and ones
        only is taken as a presence already.
    standardise
        Whether to centre the sums and divide them by their population deviation.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    outlook
        By territory; NaN where `complexity` has NaN.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: COI_r = \sum_i (1 - M_{ri})\, d_{ri}\, PCI_i

    with the density :math:`d` by proximity, the sector itself included. Complexity has no natural zero, and
    the sum depends on where it is put: here at the mean over all presences,
    :math:`\sum_i u_i PCI_i = 0`, as the eigenvector has it.

    References
    ----------
    .. [1] Hausmann, R., Hidalgo, C. A., Bustos, S., Coscia, M., Simoes, A., Yildirim, M. A. (2014). The Atlas
       of Economic Complexity. MIT Press.

    Examples
    --------
    >>> import pandas as pd
    >>> present = pd.DataFrame([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]], index=list("ABC"), columns=list("wxyz"))
    >>> complexity_outlook(present, standardise=False).round(2)
    A   -0.71
    B   -0.09
    C    0.58
    Name: complexity_outlook, dtype: float64
    """
    here = presence_of(counts, reference, totals)
    m, phi, pci, known = _ingredients(here)
    sums = ((1 - m) * density(m, phi, own=True) * pci).sum(axis=1)
    if standardise and len(sums):
        spread = sums.std()
        sums = (sums - sums.mean()) / (spread if spread > 0 else np.nan)
    result = pd.Series(np.nan, index=here.index, name="complexity_outlook")
    result[known[0]] = sums
    result.attrs.update(here.attrs)
    return result


def complexity_gain(
    counts: pd.DataFrame,
    *,
    net: bool = False,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
) -> pd.DataFrame:
    r"""
    Outlook that each sector, if a territory had it, would open.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown. A table of zeros and ones
        only is taken as a presence already.
    net
        Whether to take off what the sector itself gave to the outlook, as [1]_ does.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    gain
        Frame like `counts`: 0 where the sector is present, NaN where `complexity` has NaN.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: COG_{ri} = (1 - M_{ri}) \left( \sum_j \frac{\phi_{ij}}{\sum_k \phi_{kj}} (1 - M_{rj}) PCI_j
        \left[ - d_{ri} PCI_i \right] \right)

    the term in brackets with ``net=True``. Complexity is centred as in `complexity_outlook`, in deviations of
    the territories.

    References
    ----------
    .. [1] Hausmann, R., Hidalgo, C. A., Bustos, S., Coscia, M., Simoes, A., Yildirim, M. A. (2014). The Atlas
       of Economic Complexity. MIT Press.

    Examples
    --------
    >>> import pandas as pd
    >>> present = pd.DataFrame([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]], index=list("ABC"), columns=list("wxyz"))
    >>> complexity_gain(present).round(2)
         w     x     y     z
    A  0.0  0.00  0.00 -2.12
    B  0.0  0.00  0.74 -2.12
    C  0.0  0.87  0.99  0.00
    """
    here = presence_of(counts, reference, totals)
    m, phi, pci, known = _ingredients(here)
    absent = 1 - m
    gain = absent @ ((pci / phi.sum(axis=0))[:, None] * phi)
    if net:
        gain = gain - density(m, phi, own=True) * pci
    values = np.full(here.shape, np.nan)
    values[np.ix_(*known)] = np.where(absent > 0, gain, 0.0)
    result = like(values, here)
    result.attrs.update(here.attrs)
    return result


def _ingredients(here: pd.DataFrame) -> tuple[Floats, Floats, Floats, tuple[pd.Series, pd.Series]]:
    """Presence, proximity and centred complexity of what can be ranked, and which rows and columns that is."""
    found = complexity(here)
    known = (found.territories["eci"].notna().to_numpy(), found.sectors["pci"].notna().to_numpy())
    m = here.to_numpy(np.float64)[np.ix_(*known)]
    pci = found.sectors["pci"].to_numpy(np.float64)[known[1]]
    ubiquity = m.sum(axis=0)
    if len(pci):
        pci = pci - (ubiquity @ pci) / ubiquity.sum()
    phi = matrix(m, np.zeros(m.shape[1], np.bool_), "proximity")
    return m, phi, pci, known
