from . import concentration as concentration
from . import errors as errors
from . import layers as layers
from . import publication as publication
from . import study as study

__version__: str
