"""What do people look at? Map, charts, report."""

from geoterritorio.publication.chapter import Chapter as Chapter
from geoterritorio.publication.report import report as report
