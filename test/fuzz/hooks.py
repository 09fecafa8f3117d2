"""What schemathesis can't know of the contract and of the run."""

import itertools

import schemathesis

# See TOKEN_ID in gateway.ts.
OWN_TOKEN = 4_000_000_000_000

EXAMPLE_KEY = "order-4711"
numbers = itertools.count()


@schemathesis.hook
def filter_body(context, body):
    """An empty list counts as an empty object."""
    return body != []


@schemathesis.hook
def before_call(context, case, kwargs):
    """
    Answers show the id of the token that fuzzes, and what answers show is sent again: it must not revoke itself.
    The document's example of a key would be refused from its second request on. A number that an answer showed is no header.
    """
    if case.operation.label.startswith("DELETE") and str(case.path_parameters.get("id")) == str(OWN_TOKEN):
        case.path_parameters["id"] = OWN_TOKEN + 1
    for name, value in (case.headers or {}).items():
        case.headers[name] = f"{EXAMPLE_KEY}-{next(numbers)}" if name == "Idempotency-Key" and value == EXAMPLE_KEY else str(value)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """The coverage phase takes 0 for a valid entity tag: as a header it is a string, and its pattern is passed over."""
    headers = case.headers or {}
    return "0" not in (headers.get("If-Match"), headers.get("If-None-Match"))
