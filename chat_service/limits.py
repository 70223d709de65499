"""How much there may be of everything that crosses the socket; docs/protocol.md says so too."""

MAX_FRAME_BYTES = 64 * 1024
MAX_TEXT_CHARS = 4000
MAX_NAME_CHARS = 64
MAX_TOPIC_CHARS = 250
MAX_PAGE_EVENTS = 100
MAX_FOUND = 50  # rooms, people or members in one answer
MAX_CONVERSATION_PEOPLE = 8
MAX_SLOW_MODE_SECONDS = 3600
MAX_MUTE_SECONDS = 30 * 24 * 3600
MAX_PINS = 100
MAX_REACTION_KINDS = 20  # different emoji on one message
MAX_MESSAGE_CHANGES = 1000  # edits, reactions and pins of one message, taken back or not: a page has to read them all
MAX_WATCHED_ROOMS = 100
SMALL_ROOM_PEOPLE = 16  # up to here its members see how far each has read
HEARTBEAT_SECONDS = 25.0
HELLO_TIMEOUT_SECONDS = 10.0
MAX_RESUMED_ROOMS = 1000
