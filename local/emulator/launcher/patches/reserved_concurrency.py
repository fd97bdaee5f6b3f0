"""CloudFormation's ReservedConcurrentExecutions is dropped, so nothing would ever be throttled. The limit itself is
enforced; it only has to be stored where that code looks."""

from targets import Target

PROVISIONERS = "ministack.services.cloudformation.provisioners"
TARGETS = (
    Target(f"{PROVISIONERS}:_RESOURCE_HANDLERS"),
    Target(f"{PROVISIONERS}:_lambda_create", takes=("props",)),
    Target(f"{PROVISIONERS}:_lambda_update", takes=("physical_id", "old_props", "new_props")),
    Target("ministack.services.lambda_svc:_reserved_concurrency", contains=('.get("concurrency")',)),
    Target("ministack.services.lambda_svc:_functions"),
)


def apply():
    from ministack.services import lambda_svc
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    handlers = _RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handlers["create"], handlers["update"]

    def reserve(name, props):
        limit = props.get("ReservedConcurrentExecutions")
        if name in lambda_svc._functions:
            lambda_svc._functions[name]["concurrency"] = None if limit is None else int(limit)

    def create_reserved(logical_id, props, stack_name):
        made = create(logical_id, props, stack_name)
        reserve(made[0], props)
        return made

    def update_reserved(physical_id, old_props, new_props, *rest):
        changed = update(physical_id, old_props, new_props, *rest)
        reserve(changed[0] if isinstance(changed, tuple) else physical_id, new_props)
        return changed

    handlers["create"], handlers["update"] = create_reserved, update_reserved
