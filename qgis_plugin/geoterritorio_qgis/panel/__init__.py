"""The panel: what the user works on, the steps of a study, and what came out."""

from __future__ import annotations
