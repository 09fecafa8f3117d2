"""A projection of the contacts topic: contacts with an email, by contact id.

The greatest version of each contact wins, whatever records come, how often, and from which start. Decoding needs only the standard
library. Transport:

    python3 mailing_list.py < recorded.jsonl                 # a recording: one record a line, {"key": ..., "value": ..., "headers": {...}}
    python3 mailing_list.py localhost:9092 contact-sync.contacts.v1      # live; needs `pip install confluent-kafka`
"""

import json
import re
import sys
from uuid import uuid4

KNOWN = {"ContactCreated", "ContactUpdated", "ContactDeleted"}


class UnreadableEvent(Exception):
    """A record that can never be read as an event. The message contains no value of it."""


def decode(key, value, headers):
    """Returns (event name, data), or None for a record to skip: a tombstone, or an event that this reader doesn't know."""
    if headers.get("ce_specversion") != "1.0":
        raise UnreadableEvent("ce_specversion: must be 1.0")
    match = re.fullmatch(r"contact-sync\.([A-Za-z]+)\.v(\d+)", headers.get("ce_type", ""))
    if value is None or not match or match[1] not in KNOWN:
        return None
    if match[2] != "1":
        raise SystemExit("No reader here for " + headers["ce_type"])
    try:
        data = json.loads(value)
    except (TypeError, ValueError) as error:  # in a recording, bytes that are no text are an object
        raise UnreadableEvent("value: not JSON") from error
    for field in ("contact_id", "version"):
        if not isinstance(data, dict) or type(data.get(field)) is not int:
            raise UnreadableEvent(f"data/{field}: must be an integer")
    if key != str(data["contact_id"]):
        raise UnreadableEvent("key: must be the contact id")
    return match[1], data


class MailingList:
    """A database stores the version and the member in one transaction."""

    def __init__(self):
        self.members = {}
        self.versions = {}  # also of deleted contacts, so that a late repetition does not bring one back

    def apply(self, key, value, headers):
        event = decode(key, value, headers)
        if event is None:
            return
        name, data = event
        contact_id, version = data["contact_id"], data["version"]
        if version <= self.versions.get(contact_id, 0):
            return
        contact = None if name == "ContactDeleted" else data["contact"]
        if contact is None or contact["email"] is None:
            self.members.pop(contact_id, None)
        else:
            self.members[contact_id] = {"name": contact["full_name"] or "", "email": contact["email"]}
        self.versions[contact_id] = version


def from_lines(lines):
    for line in lines:
        record = json.loads(line)
        if "format" in record:  # the first line of a recording
            continue
        yield record["key"], record["value"], {name: first(value) for name, value in record["headers"].items()}


def first(header):
    """A header can come more than once, can be null, and can be bytes that are no text."""
    value = header[0] if isinstance(header, list) else header
    return value if isinstance(value, str) else ""


def from_kafka(brokers, topic):
    try:
        from confluent_kafka import Consumer, KafkaException  # only this line needs more than the standard library
    except ModuleNotFoundError:
        sys.exit("Reading from Kafka needs a package: pip install confluent-kafka")

    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": f"mailing-list-{uuid4()}",  # a group's processes share the records: each list has to read all
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,  # the list is lost with the process
            "message.max.bytes": 3_000_000,
            "fetch.message.max.bytes": 2_097_152,
        }
    )
    consumer.subscribe([topic])
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():  # a topic or a right that is missing; the client repeats what passes by itself
            raise KafkaException(message.error())
        headers = {name: (value or b"").decode(errors="replace") for name, value in reversed(message.headers() or [])}
        yield (message.key() or b"").decode(errors="replace"), message.value(), headers


if __name__ == "__main__":
    if len(sys.argv) not in (1, 3):
        sys.exit(__doc__)
    mailing_list = MailingList()
    live = len(sys.argv) == 3
    for record in from_kafka(*sys.argv[1:]) if live else from_lines(sys.stdin):
        mailing_list.apply(*record)
        if live:
            print(f"{len(mailing_list.members)} members", flush=True)
    print(json.dumps(mailing_list.members, sort_keys=True))
