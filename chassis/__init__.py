"""What every process of the suite shares: how it is configured, serves, calls, stores, delivers, refuses and is
observed. No rule of the domain lives here.
"""
