"""How journeys are played: scenarios once and told, one story many times and measured."""
