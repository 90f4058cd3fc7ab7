"""What commands of the staff share: the options that say who it is, a login session, the HTTP API."""
