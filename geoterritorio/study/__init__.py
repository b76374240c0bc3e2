"""The whole chain from one TOML file."""

from geoterritorio.study.config import StudyPlan, read_plan
from geoterritorio.study.pipeline import run_study

__all__ = ["StudyPlan", "read_plan", "run_study"]
