"""Promises 1 to 4 of docs/reliability.md, against whatever order of faults Hypothesis finds."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.chat_service.faulty_store import Fault
from tests.drills.checker import BrokenPromise
from tests.drills.faulty_relay import Mishap
from tests.drills.world import World

REPLICAS = ["chat-1", "chat-2"]
PEOPLE = ["ada", "bob", "eve"]

replicas = st.sampled_from(REPLICAS)
people = st.integers(0, len(PEOPLE) - 1)


class Parley(RuleBasedStateMachine):
    """Two replicas, three people, and everything that can go wrong between them."""

    @initialize()
    def everybody_is_here(self) -> None:
        self.world = World(REPLICAS, PEOPLE)
        for number, client in enumerate(self.world.clients):
            self.world.connect(client, REPLICAS[number % 2])
        self.world.loop.pass_time(1.0)

    @rule(who=people, times=st.integers(1, 5))
    def say(self, who: int, times: int) -> None:
        for _ in range(times):
            self.world.clients[who].say()

    @rule(who=people)
    def react(self, who: int) -> None:
        self.world.clients[who].react()

    @rule(who=people, choice=st.integers(0, 50))
    def repeat(self, who: int, choice: int) -> None:
        self.world.clients[who].repeat(choice)

    @rule(seconds=st.sampled_from([0.0, 0.002, 0.01, 0.1, 1.0, 7.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.loop.pass_time(seconds)

    @rule(where=replicas, faults=st.lists(st.sampled_from([Fault.BEFORE, Fault.AFTER, Fault.HALFWAY]), max_size=3))
    def break_the_store(self, where: str, faults: list[Fault]) -> None:
        if process := self.world.processes.get(where):
            process.store.faults.extend(faults)

    @rule(where=replicas, down=st.booleans())
    def take_the_store_away(self, where: str, down: bool) -> None:
        if process := self.world.processes.get(where):
            process.store.down = down

    @rule(mishaps=st.lists(st.sampled_from(list(Mishap)), min_size=1, max_size=4))
    def break_the_relay(self, mishaps: list[Mishap]) -> None:
        self.world.bus.mishaps.extend(mishaps)

    @rule(where=replicas)
    def part(self, where: str) -> None:
        if process := self.world.processes.get(where):
            process.relay.part()

    @rule(where=replicas)
    def rejoin(self, where: str) -> None:
        process = self.world.processes.get(where)
        if process and process.relay.cut:
            self.world.loop.call_soon(process.relay.rejoin)

    @precondition(lambda self: len(self.world.processes) > 1)
    @rule(where=replicas)
    def kill(self, where: str) -> None:
        self.world.kill(where)

    @rule()
    def start_again(self) -> None:
        for name in REPLICAS:
            if name not in self.world.processes:
                self.world.start(name)

    @rule(who=people)
    def lose_the_connection(self, who: int) -> None:
        self.world.clients[who].disconnect()

    @rule(who=people, where=replicas)
    def come_back(self, who: int, where: str) -> None:
        if where in self.world.processes:
            self.world.connect(self.world.clients[who], where)

    def teardown(self) -> None:
        try:
            self.world.heal()
            verdict = self.world.record.judge(self.world.log())
            if not verdict.kept:
                raise BrokenPromise(verdict)
            assert all(client.settled for client in self.world.clients)
        finally:
            self.world.close()


TestParley = Parley.TestCase
TestParley.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
