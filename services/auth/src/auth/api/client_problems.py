"""The problems of client registration and of key rotation; `problems.py` puts them in its table."""

from auth.domain.client_errors import ClientBuiltIn, ClientChanged, ClientNotFound
from auth.domain.key_schedule import RotationUnderWay
from chassis.problems import ProblemTable, ProblemType

CLIENT_PROBLEMS: ProblemTable = {
    ClientNotFound: ProblemType(404, "client-not-found", "There is no such client"),
    ClientBuiltIn: ProblemType(409, "client-built-in", "The client comes from the configuration"),
    ClientChanged: ProblemType(412, "client-changed", "The client has changed"),
    RotationUnderWay: ProblemType(409, "rotation-under-way", "The newest key does not sign yet"),
}
