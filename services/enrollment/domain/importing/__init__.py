"""Importing the catalogue (EN-1): files in, every problem or every change out; nothing here touches the database."""

from services.enrollment.domain.importing.held import Held
from services.enrollment.domain.importing.plan import Change, FileSummary, Outcome, plan_import
from services.enrollment.domain.importing.problems import Expected, Problem
from services.enrollment.domain.importing.reading import CatalogueFile, File, Record, SheetFile
from services.enrollment.domain.importing.specs import SPECS, Key, Row, Spec, Tables

__all__ = [
    "SPECS",
    "CatalogueFile",
    "Change",
    "Expected",
    "File",
    "FileSummary",
    "Held",
    "Key",
    "Outcome",
    "Problem",
    "Record",
    "Row",
    "SheetFile",
    "Spec",
    "Tables",
    "plan_import",
]
