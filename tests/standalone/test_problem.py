from standalone.problem import Problem


def test_a_problem_reads_as_its_line_and_keeps_its_evidence_apart() -> None:
    problem = Problem("mongodb gave up", "line one", "line two")
    assert (str(problem), problem.details) == ("mongodb gave up", ("line one", "line two"))
