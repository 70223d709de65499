"""What a chat replica counts."""

from prometheus_client import Counter, Gauge, Histogram

COMMIT_BUCKETS_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5)

CONNECTIONS = Gauge("parley_connections", "Open sockets")
HANDSHAKES = Counter("parley_handshakes_total", "Sockets asked for: new, resumed, or closed with a reason", ["outcome"])
ACKNOWLEDGEMENT_SECONDS = Histogram(
    "parley_acknowledgement_seconds", "From a message's frame to its ok", buckets=COMMIT_BUCKETS_SECONDS
)
EVENTS_COMMITTED = Counter("parley_events_committed_total", "Events stored by this replica")
COMMIT_SECONDS = Histogram("parley_commit_seconds", "Time of one batch's insert", buckets=COMMIT_BUCKETS_SECONDS)
COMMIT_CONFLICTS = Counter("parley_commit_conflicts_total", "Batches that met another replica's events")
EVENTS_HANDED_OVER = Counter("parley_events_handed_over_total", "Events given to another replica to commit")
GAPS_REPAIRED = Counter("parley_gaps_repaired_total", "Times that a room's missing events were read from the store")
READERS_CUT_OFF = Counter("parley_readers_cut_off_total", "Connections closed because they did not read")
RELAY_PUBLISHED = Counter("parley_relay_published_total", "Batches handed to the broker")
RELAY_FAILED = Counter("parley_relay_failed_total", "Batches that the broker did not take in time")
RELAY_CONNECTED = Gauge("parley_relay_connected", "Whether both connections to the broker stand")
