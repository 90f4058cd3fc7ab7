"""The three services of enrollment on the wire: parse, call the use case, map."""

from services.enrollment.servicer.catalogue import CatalogueServicer
from services.enrollment.servicer.enrollment import EnrollmentServicer
from services.enrollment.servicer.practice import PracticeServicer

__all__ = ["CatalogueServicer", "EnrollmentServicer", "PracticeServicer"]
