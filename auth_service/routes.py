"""Path -> handler, all of the auth service. The gateway routes these here, save the last: gateway/routes.yml."""

from aiohttp import web

from auth_service import account_pages, api, internal, pages, second_factor_pages

ROUTES = [
    web.view("/login", pages.Login, name="login"),
    web.view("/signin", pages.Signin, name="signin"),
    web.view("/signout", pages.Signout, name="signout"),
    web.view("/account", account_pages.Account, name="account"),
    web.view("/account/name", account_pages.Name, name="account-name"),
    web.view("/account/password", account_pages.Password, name="account-password"),
    web.view("/account/sessions", account_pages.Sessions, name="account-sessions"),
    web.view("/account/second-factor", second_factor_pages.SecondFactor, name="second-factor"),
    web.view("/account/second-factor/qr.svg", second_factor_pages.QrCode, name="second-factor-qr"),
    web.view("/account/second-factor/off", second_factor_pages.SecondFactorOff, name="second-factor-off"),
    web.view("/api/auth/register", api.Register, name="api-register"),
    web.view("/api/auth/login", api.LogIn, name="api-login"),
    web.view("/api/auth/refresh", api.RefreshGrant, name="api-refresh"),
    web.view("/api/auth/logout", api.LogOut, name="api-logout"),
    web.view("/api/auth/sessions", api.Sessions, name="api-sessions"),
    web.view("/api/auth/sessions/{id}", api.OneSession, name="api-session"),
    web.view("/api/auth/me", api.Me, name="api-me"),
    web.view("/.well-known/jwks.json", api.Jwks, name="jwks"),
    web.view("/internal/account-changes", internal.AccountChanges, name="account-changes"),
]
