"""What is outside, behind enrollment's ports: the other services, the solver of graduation plans, and spreadsheets."""

from services.enrollment.adapters.graduation import HighsPlanner
from services.enrollment.adapters.peers import IdentityStandings, PaymentOrders, destinations
from services.enrollment.adapters.spreadsheets import XlsxSheets

__all__ = ["HighsPlanner", "IdentityStandings", "PaymentOrders", "XlsxSheets", "destinations"]
