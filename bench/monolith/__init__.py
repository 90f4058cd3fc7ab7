"""The baseline: the same checkout as one FastAPI + SQLAlchemy ORM application, written the way such an application
usually is.
"""
