"""What is outside: the other services, the solver of graduation plans, and spreadsheets."""
