from . import (
    concentration as concentration,
    errors as errors,
    layers as layers,
    publication as publication,
    study as study,
)
