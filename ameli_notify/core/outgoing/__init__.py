"""Requests to addresses that others choose: partners' key sets and webhooks (ADR 0029).

``read_url`` says whether an address may be kept at all; ``send`` makes one request to it, or raises OutgoingError.
"""
