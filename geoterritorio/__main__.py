"""``python -m geoterritorio``: the command line."""

import sys

from geoterritorio.interface.cli import main

if __name__ == "__main__":
    sys.exit(main())
