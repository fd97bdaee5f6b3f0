"""Every Lambda signs with the same key, so nobody can tell whose AWS call it is. The SDKs put AWS_SDK_UA_APP_ID into
their User-Agent: with the function's name there, our counting proxy knows each caller, also when IAM is on."""

from targets import Target

# The longest application id that the SDKs take without a warning.
MAX_APP_ID = 50

ENVIRONMENT = Target("ministack.services.lambda_svc:_provided_worker_env", takes=("config",))
TARGETS = (ENVIRONMENT,)


def apply():
    from ministack.services import lambda_svc

    environment = ENVIRONMENT.find()

    def with_caller(config, *args, **kwargs):
        env = environment(config, *args, **kwargs)
        env["AWS_SDK_UA_APP_ID"] = config.get("FunctionName", "")[:MAX_APP_ID]
        return env

    lambda_svc._provided_worker_env = with_caller
