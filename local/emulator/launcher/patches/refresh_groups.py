"""A refresh at the sign-in pages' /oauth2/token gives tokens that name no groups, so that nobody has a role any more after
it. On AWS they name the groups that the user is in by then."""

from targets import Target

COGNITO = "ministack.services.cognito"
REFRESH = "TokenGeneration_RefreshTokens"
TOKEN = Target(f"{COGNITO}:_fake_token", takes=("pool_id", "username", "groups", "trigger_source"))
TARGETS = (TOKEN, Target(f"{COGNITO}:_oauth2_token", contains=(f'trigger_source="{REFRESH}"', 'pool["_users"].get(entry["username"])')),
           Target(f"{COGNITO}:_get_pool_unscoped"))


def apply():
    from ministack.services import cognito

    made = TOKEN.find()

    def token(sub, pool_id, *others, **named):
        if named.get("trigger_source") == REFRESH and "groups" not in named:
            user = cognito._get_pool_unscoped(pool_id)["_users"][named["username"]]
            named["groups"] = list(user.get("_groups", []))
        return made(sub, pool_id, *others, **named)

    cognito._fake_token = token
