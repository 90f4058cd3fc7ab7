"""What is outside, behind enrollment's ports: the other services, and the solver of graduation plans."""

from services.enrollment.clients.graduation import HighsPlanner
from services.enrollment.clients.peers import IdentityStandings, PaymentOrders, destinations

__all__ = ["HighsPlanner", "IdentityStandings", "PaymentOrders", "destinations"]
