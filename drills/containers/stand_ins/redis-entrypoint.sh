#!/bin/sh
# Listens to the other containers without a password, as the official image does; whom it serves is the network's to say.
set -eu
exec "$@" --protected-mode no
