#!/bin/bash
# Become rabbitmq-server. Node 0 begins the cluster; another that has never run waits for it, and then discovers and
# joins it (rabbitmq.conf). Two that begin at the same moment could else become two clusters.
set -eu

# Erlang wants its cookie in a file that only its owner reads, and a Secret's file is given by the group.
install -m 0400 /run/secrets/erlang_cookie "$HOME/.erlang.cookie"

first="rabbitmq-0.${RABBITMQ_NODENAME#*.}"
if [ "$RABBITMQ_NODENAME" != "rabbit@$first" ] && [ ! -e "$HOME/mnesia/$RABBITMQ_NODENAME" ]; then
  echo "waiting for $first"
  until (: <"/dev/tcp/$first/5672") 2>/dev/null; do sleep 1; done
fi

exec rabbitmq-server
