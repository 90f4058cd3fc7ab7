"""What people open in a browser: the way in, the pay page, the inbox, the register's form. Chinese first, then English.

Everything works without scripts, and every page says that it belongs to a simulation.
"""
