"""Promise 5 of docs/reliability.md for members, and that rooms come to stand as their logs say, whatever happens.

Ada owns a private room at one of two replicas; Bob and Eve come and go by her doing, by their own, and by faults.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from chat_service.events import AnyEvent
from chat_service.membership import Member, apply, changes, of_room
from tests.chat_service.faulty_store import Fault
from tests.drills.checker import BrokenPromise, Stay, Verdict, judge_member
from tests.drills.faults import PEOPLE, Faults, people, replicas

others = st.sampled_from(PEOPLE[1:])


def stays(events: list[AnyEvent], person: str) -> list[Stay]:
    """From which seq to which somebody was in the room; the last may not have ended."""
    found: list[Stay] = []
    member = Member(room="", person=person)
    for event in of_room(events):
        before = member.inside
        for change in changes(event):
            if change.person == person:
                member = apply(member, change)
        if member.inside and not before:
            found.append((event.seq, None))
        elif before and not member.inside:
            found[-1] = (found[-1][0], event.seq)
    return found


class Den(Faults):
    @initialize()
    def ada_has_a_private_room(self) -> None:
        self.everybody_arrives()
        self.ada = self.world.clients[0]
        self.ada.ask("create", name="den", kind="private")
        self.world.loop.pass_time(1.0)
        (self.room,) = self.ada.rooms - {"lobby"}

    @rule(whom=others, op=st.sampled_from(["invite", "remove", "ban", "unban"]))
    def moderate(self, whom: str, op: str) -> None:
        self.ada.ask(op, room=self.room, person=whom)

    @rule(whom=others)
    def come_and_go_amid_what_is_said(self, whom: str) -> None:
        """While the first message is being stored the rest gather, and are stored and told in one batch."""
        self.ada.ask("invite", room=self.room, person=whom)
        self.world.loop.pass_time(1.0)
        for op, fields in [("send", {"text": "Hi"}), ("remove", {"person": whom}), ("send", {"text": "They left"})]:
            self.ada.ask(op, room=self.room, **fields)

    @rule(whom=others, op=st.sampled_from(["invite", "remove"]), times=st.integers(0, 2))
    def moderate_without_a_second_try(self, whom: str, op: str, times: int) -> None:
        if self.ada.process:
            self.ada.process.members.dies_before_applying = times
        self.ada.ask_once(op, room=self.room, person=whom)

    @rule(who=st.integers(1, 2))
    def leave(self, who: int) -> None:
        self.world.clients[who].ask("leave", room=self.room)

    @rule(whom=others)
    def give_it_away_and_leave_at_once(self, whom: str) -> None:
        """Whoever owns it with her does the same: for a moment it may be nobody's."""
        self.ada.ask("role", room=self.room, person=whom, role="owner")
        self.ada.ask("leave", room=self.room)
        self.world.clients[PEOPLE.index(whom)].ask("leave", room=self.room)

    @rule(who=people)
    def say(self, who: int) -> None:
        self.world.clients[who].ask("send", room=self.room, text="Hi")

    @rule(where=replicas, faults=st.lists(st.sampled_from([Fault.BEFORE, Fault.AFTER]), min_size=1, max_size=2))
    def break_the_log(self, where: str, faults: list[Fault]) -> None:
        if process := self.world.processes.get(where):
            process.store.faults.extend(faults)

    @rule(where=replicas, times=st.integers(1, 3))
    def die_between_commit_and_apply(self, where: str, times: int) -> None:
        if process := self.world.processes.get(where):
            process.members.dies_before_applying = times

    def teardown(self) -> None:
        try:
            self.world.heal()
            events = self.world.events(self.room)
            members = self.world.members(self.room)
            verdict = Verdict()
            for client in self.world.clients:
                judge_member(
                    verdict,
                    client.name,
                    stays(events, client.name),
                    [(at, seq) for at, room, seq in client.heard if room == self.room],
                    lambda seq: self.world.stored_at(self.room, seq),
                    kept=client.name in members,
                    told=self.room in client.rooms,
                )
            if members and not members & self.world.owners(self.room):
                verdict.orphaned.append(self.room)
            if not verdict.kept:
                raise BrokenPromise(verdict)
            assert all(client.settled for client in self.world.clients)
        finally:
            self.world.close()


TestDen = Den.TestCase
TestDen.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
