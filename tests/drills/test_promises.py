"""Promises 1 to 4 of docs/reliability.md, against whatever order of faults Hypothesis finds."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from chat_service.lobby import LOBBY
from tests.chat_service.faulty_store import Fault
from tests.drills.checker import BrokenPromise, judge_texts
from tests.drills.faults import Faults, people, replicas
from tests.drills.faulty_relay import Mishap


class Parley(Faults):
    """Two replicas, three people, and everything that can go wrong between them."""

    @initialize()
    def everybody_is_here(self) -> None:
        self.everybody_arrives()

    @rule(who=people, times=st.integers(1, 5))
    def say(self, who: int, times: int) -> None:
        for _ in range(times):
            self.world.clients[who].say()

    @rule(who=people)
    def say_what_is_lost_on_its_way(self, who: int) -> None:
        """Perhaps as the last for a long time: then nothing that follows reveals it."""
        self.world.bus.mishaps.extend([Mishap.DROP] * 3)
        self.world.clients[who].say()
        self.world.loop.pass_time(0.1)

    @rule(who=people)
    def react(self, who: int) -> None:
        self.world.clients[who].react()

    @rule(who=people)
    def edit(self, who: int) -> None:
        self.world.clients[who].edit()

    @rule(who=people)
    def delete(self, who: int) -> None:
        self.world.clients[who].delete()

    @rule(who=people, choice=st.integers(0, 50))
    def repeat(self, who: int, choice: int) -> None:
        self.world.clients[who].repeat(choice)

    @rule(
        where=replicas,
        faults=st.lists(st.sampled_from([Fault.BEFORE, Fault.AFTER, Fault.LATE, Fault.HALFWAY]), max_size=3),
    )
    def break_the_store(self, where: str, faults: list[Fault]) -> None:
        if process := self.world.processes.get(where):
            process.store.faults.extend(faults)

    @rule(where=replicas, down=st.booleans())
    def take_the_store_away(self, where: str, down: bool) -> None:
        if process := self.world.processes.get(where):
            process.store.down = down

    @rule(who=people)
    def lose_the_connection(self, who: int) -> None:
        self.world.clients[who].disconnect()

    def teardown(self) -> None:
        try:
            self.world.heal()
            verdict = self.world.record.judge(self.world.log())
            judge_texts(verdict, self.world.events(LOBBY.id), self.world.shown())
            if not verdict.kept:
                raise BrokenPromise(verdict)
            assert all(client.settled for client in self.world.clients)
        finally:
            self.world.close()


TestParley = Parley.TestCase
TestParley.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
