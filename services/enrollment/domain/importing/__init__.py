"""Importing the catalogue (EN-1): files in, every problem or every change out; nothing here touches the database."""

from services.enrollment.domain.importing.plan import CatalogueFile, Change, FileSummary, Outcome, plan_import
from services.enrollment.domain.importing.problems import Problem
from services.enrollment.domain.importing.specs import SPECS, Key, Row, Spec, Tables

__all__ = [
    "SPECS",
    "CatalogueFile",
    "Change",
    "FileSummary",
    "Key",
    "Outcome",
    "Problem",
    "Row",
    "Spec",
    "Tables",
    "plan_import",
]
