"""The statements. The hot few run on the driver as one guarded statement each; the rest are SQLAlchemy Core."""
