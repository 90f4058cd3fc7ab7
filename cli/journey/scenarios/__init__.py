"""What `zikao journey --scenario NAME` plays, each in a module of its own; `scenario_table` lists them."""
