"""What the auth service serves to programs."""

from functools import partial
from typing import Any

import msgspec

from auth_service import api, invitation_api, invitations, personal_tokens, session_api, token_api
from auth_service.accounts import Person
from auth_service.grants import Grant
from auth_service.programs import ProgramGrant
from tests.api.described import ASKED, WRITING, Described, in_path


class RefreshedGrant(msgspec.Struct):
    """As `Grant`; without a refresh token where that came, and comes, as a cookie."""

    access_token: str
    person: Person
    token_type: str
    expires_in: int
    refresh_token: str | msgspec.UnsetType = msgspec.UNSET


class Sessions(msgspec.Struct):
    sessions: list[session_api.Session]


class Keys(msgspec.Struct):
    """RFC 7517."""

    keys: list[dict[str, Any]]


Account = partial(Described, tag="auth")
SAID = WRITING | {422: ASKED[422]}

OPERATIONS = (
    Account("register", "POST", "/api/auth/register", "Create an account", 201, Grant, api.NewAccount,
            problems=SAID | {404: "the invitation is over"}, open_to_all=True),
    Account("log-in", "POST", "/api/auth/login", "Sign in", 200, Grant, api.Credentials,
            problems=SAID | {401: "name, password and code don't go together"}, open_to_all=True),
    Account("refresh", "POST", "/api/auth/refresh", "Go on with a new access token", 200, RefreshedGrant,
            session_api.Refresh, problems=SAID, open_to_all=True),
    Account("log-out", "POST", "/api/auth/logout", "End the session", 204, None, problems=WRITING),
    Account("sessions", "GET", "/api/auth/sessions", "One's sessions", 200, Sessions),
    Account("end-other-sessions", "DELETE", "/api/auth/sessions", "End all sessions but this one", 204, None,
            problems=WRITING),
    Account("end-session", "DELETE", "/api/auth/sessions/{id}", "End one of one's sessions", 204, None,
            parameters=(in_path("id"),), problems=ASKED | WRITING),
    Account("me", "GET", "/api/auth/me", "Who one is", 200, Person, problems={403: WRITING[403]}),
    Account("exchange-token", "POST", "/api/auth/token", "An access token for a program's token", 200, ProgramGrant,
            token_api.Shown, problems=SAID | {401: "no token, or none that is good"}, open_to_all=True),
    Account("tokens", "GET", "/api/auth/tokens", "One's tokens for programs", 200, token_api.All),
    Account("make-token", "POST", "/api/auth/tokens", "Make a token for a program", 201, token_api.Made,
            personal_tokens.Asked, problems=SAID),
    Account("revoke-token", "DELETE", "/api/auth/tokens/{token}", "Revoke one of one's tokens", 204, None,
            parameters=(in_path("token"),), problems=ASKED | WRITING),
    Account("invitations", "GET", "/api/auth/invitations", "One's open invitations; to administrators all", 200,
            invitation_api.All, problems={403: WRITING[403]}),
    Account("make-invitation", "POST", "/api/auth/invitations", "Invite people, perhaps into a room", 201,
            invitation_api.Made, invitations.Asked, problems=SAID),
    Account("revoke-invitation", "DELETE", "/api/auth/invitations/{invitation}", "Revoke an invitation", 204, None,
            parameters=(in_path("invitation"),), problems=ASKED | WRITING),
    Account("keys", "GET", "/.well-known/jwks.json", "The keys that sign access tokens", 200, Keys, open_to_all=True),
)  # fmt: skip
