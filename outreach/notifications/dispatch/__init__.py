"""Handing the outbox over to the channels: who may send what (ledger, lane), how it is written (composing),
and the loop that does it (sender). docs/adr/0005 tells why."""
