"""What ends a run with one clear line: what is wrong and what to do about it."""


class Problem(Exception):
    """`str(problem)` is the line. `details` are lines of evidence below it, such as the end of a log."""

    def __init__(self, line: str, *details: str) -> None:
        super().__init__(line)
        self.details = details
