"""The whole chain from one TOML file."""

from geoterritorio.study.config import StudyPlan, read_plan
from geoterritorio.study.pipeline import run_study
from geoterritorio.study.prepare import StudyCheck, check_study, init_study

__all__ = ["StudyCheck", "StudyPlan", "check_study", "init_study", "read_plan", "run_study"]
