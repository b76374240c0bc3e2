"""Concentration on layers: registers or counts and boundaries in, tables and maps of quotients out."""

from __future__ import annotations
