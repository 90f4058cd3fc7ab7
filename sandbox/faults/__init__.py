"""What goes wrong on demand: what means something (`fault_table`), what is set (`active_faults`), how it is set
(`routes`).
"""
