"""The sign-in pages' /oauth2/revoke is missing, so that nobody could sign out for good. On AWS it ends a refresh token and
the access tokens that came of it; the emulator can do that, under another name."""

from urllib.parse import parse_qs

from targets import Target

APP = "ministack.app"
COGNITO = "ministack.services.cognito"
ROUTE = Target(f"{APP}:_handle_cognito_body_request", takes=("method", "path", "headers", "body", "query_params"))
TARGETS = (ROUTE, Target(f"{COGNITO}:_revoke_token", takes=("data",)),
           Target(f"{COGNITO}:_authenticate_client", takes=("headers", "form")),
           Target(f"{COGNITO}:_find_pool_by_client_id"), Target(f"{COGNITO}:_oauth2_error", takes=("error", "description", "status")))


def revoke(cognito, headers, body):
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", errors="replace")).items()}
    client_id, secret = cognito._authenticate_client(headers, form)
    client = cognito._find_pool_by_client_id(client_id)[2]
    if not client or (client.get("ClientSecret") and client["ClientSecret"] != secret):
        return cognito._oauth2_error("invalid_client", "Client is not known, or its secret is wrong.")
    if not form.get("token"):
        return cognito._oauth2_error("invalid_request", "token is required.")
    cognito._revoke_token({"Token": form["token"]})
    return 200, {}, b""


def apply():
    from ministack import app
    from ministack.services import cognito

    route = ROUTE.find()

    async def routed(method, path, headers, body, query_params):
        if method == "POST" and path == "/oauth2/revoke":
            return revoke(cognito, headers, body)
        return await route(method, path, headers, body, query_params)

    app._handle_cognito_body_request = routed
