#!/bin/bash
# Become rabbitmq-server. Erlang wants its cookie in a file that only its owner reads, and a Secret's file is given by
# the group.
set -eu
install -m 0400 /run/secrets/erlang_cookie "$HOME/.erlang.cookie"
exec rabbitmq-server
