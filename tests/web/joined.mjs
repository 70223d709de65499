import { Client } from "../../chat_service/static/js/client.js";
import { MemoryOutboxStore } from "../../chat_service/static/js/outbox_store.js";
import { MemoryStorage } from "../../chat_service/static/js/storage.js";
import { ADA, FakeSurroundings, fakeWebSockets, roomState, settled } from "./fakes.mjs";

export const LOBBY = roomState({ head: 3, read: 3 });
export const KITCHEN = roomState({ id: "kitchen", name: "kitchen", head: 7, read: 5, unread: 2 });

/** A client that has been welcomed into these rooms, and the server's side of its socket. */
export async function joined(rooms = [LOBBY, KITCHEN], storage = new MemoryStorage()) {
  const surroundings = new FakeSurroundings();
  const { FakeWebSocket, last } = fakeWebSockets();
  const news = [];
  const reads = [];
  const gone = [];
  const client = new Client({
    me: ADA,
    url: "ws://here/ws",
    WebSocket: FakeWebSocket,
    fetch: async () => ({ status: 200, ok: true, json: async () => ({ access_token: "new", expires_in: 600 }) }),
    storage,
    outboxStore: Promise.resolve(new MemoryOutboxStore()),
    surroundings,
    onChange: () => {},
    onSkip: () => {},
    onNews: (room, events) => news.push(...events.map((event) => `${room.id} ${event.seq}`)),
    onRead: (...read) => reads.push(read),
    onGone: (person) => gone.push(person),
    onStatus: () => {},
    onSignedOut: () => {},
  });
  client.socket.start();
  last().welcome({ rooms });
  await settled();
  const events = (room, ...list) => last().receive({ op: "events", room, events: list });
  const again = async (more) => {
    last().end(1006);
    await surroundings.pass(1000);
    last().welcome(more);
  };
  return { client, surroundings, last, events, again, news, reads, gone, sent: (op) => last().sent.filter((frame) => frame.op === op) };
}
