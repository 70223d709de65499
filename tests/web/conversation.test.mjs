import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../../chat_service/static/js/conversation.js";
import { MemoryStorage } from "../../chat_service/static/js/storage.js";
import { ADA, FakeSurroundings, LINUS, fakeWebSockets, message, messages, settled } from "./fakes.mjs";

async function joined(page = messages(1, 3)) {
  const surroundings = new FakeSurroundings();
  const { FakeWebSocket, last } = fakeWebSockets();
  const conversation = new Conversation({
    me: ADA,
    roomId: "lobby",
    url: "ws://here/ws",
    WebSocket: FakeWebSocket,
    fetch: async () => ({ status: 200, ok: true, json: async () => ({ access_token: "new", expires_in: 600 }) }),
    storage: new MemoryStorage(),
    surroundings,
    onChange: () => {},
    onStatus: () => {},
    onSignedOut: () => {},
  });
  conversation.socket.start();
  last().welcome();
  last().receive({ op: "page", id: last().sent.at(-1).id, room: "lobby", events: page, more: false });
  await settled();
  return { conversation, surroundings, last };
}

test("a new client loads the newest page, one that comes back resumes where it was", async () => {
  const { conversation, surroundings, last } = await joined();
  last().end(1006);
  await surroundings.pass(1000);
  last().welcome();
  assert.deepEqual(last().sent, [{ op: "hello", resume: { epoch: "e1", rooms: { lobby: 3 } } }]);
  last().receive({ op: "events", room: "lobby", events: [message(4)] });
  assert.equal(conversation.timeline.last, 4);
});

test("after a restore from backup the room is loaded anew", async () => {
  const { conversation, surroundings, last } = await joined();
  last().end(1006);
  await surroundings.pass(1000);
  last().welcome({ epoch: "e2" });
  assert.equal(last().sent.at(-1).op, "history");
  last().receive({ op: "page", id: last().sent.at(-1).id, room: "lobby", events: [message(1)], more: false });
  await settled();
  assert.equal(conversation.timeline.last, 1);
});

test("one's own message is one message, whether its event or its ok comes first", async () => {
  const { conversation, last } = await joined();
  for (const [seq, eventFirst] of [[4, true], [5, false]]) {
    conversation.say(`id-${seq}`, "mine");
    await settled();
    const event = { op: "events", room: "lobby", events: [message(seq, { author: ADA })] };
    const ok = { op: "ok", id: `id-${seq}`, seq, at: 1 };
    for (const frame of eventFirst ? [event, ok] : [ok, event]) last().receive(frame);
    await settled();
    assert.equal(conversation.timeline.last, seq);
    assert.deepEqual(conversation.pending, []);
  }
});

test("what is written offline goes out after the welcome", async () => {
  const { conversation, surroundings, last } = await joined();
  last().end(1006);
  conversation.say("x", "written in a tunnel");
  await surroundings.pass(1000);
  last().welcome();
  assert.deepEqual(last().sent.at(-1), { op: "send", id: "x", room: "lobby", text: "written in a tunnel" });
});

test("people who come are told of, those who were here are not", async () => {
  const { conversation, last } = await joined();
  last().receive({ op: "presence", snapshot: true, online: [ADA, LINUS], offline: [] });
  last().receive({ op: "presence", online: [{ id: "m", name: "Margaret" }], offline: [] });
  assert.deepEqual(conversation.notices.list.map((notice) => notice.person.name), ["Margaret"]);
  assert.equal(conversation.presence.people.length, 3);
});

test("frames of a newer server and other rooms are let pass", async () => {
  const { conversation, last } = await joined();
  last().receive({ op: "hologram", room: "lobby" });
  last().receive({ op: "events", room: "kitchen", events: [message(4)] });
  assert.equal(conversation.timeline.last, 3);
});
