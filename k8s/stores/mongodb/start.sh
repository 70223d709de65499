#!/bin/bash
# Become mongod. The first member also sees to it, in the background, that the replica set and its users are there:
# it alone can, since MongoDB lets the first user be made only by somebody on the same machine.
set -eu

keyfile=/tmp/keyfile # mongod refuses one that its group can read, and a Secret's file is given by the group
install -m 0400 /run/secrets/keyfile "$keyfile"

if [ "${POD_NAME##*-}" = 0 ]; then
  (
    here="mongodb://127.0.0.1/admin?directConnection=true&serverSelectionTimeoutMS=2000"
    until mongosh "$here" --quiet --norc --file /srv/mongodb/replica-set.js; do sleep 2; done
  ) &
fi

exec mongod --replSet mongodb --keyFile "$keyfile" --bind_ip_all --dbpath /data/db \
  --wiredTigerCacheSizeGB "$CACHE_GIGABYTES" --setParameter diagnosticDataCollectionEnabled=false --quiet
