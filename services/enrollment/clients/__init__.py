"""What is outside, behind enrollment's ports: the other services, the solver of graduation plans, and spreadsheets."""

from services.enrollment.clients.graduation import HighsPlanner
from services.enrollment.clients.peers import IdentityStandings, PaymentOrders, destinations
from services.enrollment.clients.spreadsheets import XlsxSheets

__all__ = ["HighsPlanner", "IdentityStandings", "PaymentOrders", "XlsxSheets", "destinations"]
