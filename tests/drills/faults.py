"""What can go wrong between two replicas and three people, whatever is drilled: rules of every state machine."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.drills.faulty_relay import Mishap
from tests.drills.world import World

REPLICAS = ["chat-1", "chat-2"]
PEOPLE = ["ada", "bob", "eve"]

replicas = st.sampled_from(REPLICAS)
people = st.integers(0, len(PEOPLE) - 1)


class Faults(RuleBasedStateMachine):
    def everybody_arrives(self) -> None:
        """Each at another replica than the one before."""
        self.world = World(REPLICAS, PEOPLE)
        for number, client in enumerate(self.world.clients):
            self.world.connect(client, REPLICAS[number % 2])
        self.world.loop.pass_time(1.0)

    @rule(seconds=st.sampled_from([0.0, 0.002, 0.01, 0.1, 1.0, 7.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.loop.pass_time(seconds)

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

    @rule(who=people, where=replicas)
    def come_back(self, who: int, where: str) -> None:
        if where in self.world.processes:
            self.world.connect(self.world.clients[who], where)
