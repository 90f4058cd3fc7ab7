"""What identity needs from outside: the police register, review, a message sender, and libraries that keep a processor
busy.
"""
