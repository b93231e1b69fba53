"""Sealed values open for their own row only; the blind index says nothing without its key."""

import base64

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from ameli_notify.core.crypto import KeyRing, KeyRingError, SealedValueError, key_ring, lookup_id, lookup_key

OLD, NEW = b"1" * 32, b"2" * 32


class TestSeal:
    @given(st.text(), st.text())
    def test_what_was_sealed_opens(self, plain: str, context: str) -> None:
        ring = KeyRing({2: NEW, 1: OLD})
        assert ring.open(ring.seal(plain, context=context), context=context) == plain

    def test_the_same_text_never_looks_the_same(self) -> None:
        ring = KeyRing({1: OLD})
        assert len({ring.seal("same", context="row|1") for _ in range(50)}) == 50

    def test_a_value_copied_to_another_row_does_not_open(self) -> None:
        ring = KeyRing({1: OLD})
        with pytest.raises(SealedValueError, match="does not belong to this row"):
            ring.open(ring.seal("1850700…", context="row|1"), context="row|2")

    @given(st.data())
    def test_one_altered_bit_is_noticed(self, data: st.DataObject) -> None:
        ring = KeyRing({1: OLD})
        sealed = bytearray(ring.seal("value", context="row|1"))
        sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        with pytest.raises(SealedValueError):
            ring.open(bytes(sealed), context="row|1")

    @given(st.binary(max_size=80))
    def test_garbage_is_refused_and_not_repeated(self, garbage: bytes) -> None:
        with pytest.raises(SealedValueError) as refusal:
            KeyRing({1: OLD}).open(garbage, context="row|1")
        assert repr(garbage)[2:-1] not in str(refusal.value) or len(garbage) < 8

    def test_a_memoryview_from_the_driver_opens(self) -> None:
        ring = KeyRing({1: OLD})
        assert ring.open(memoryview(ring.seal("value", context="c")), context="c") == "value"


class TestKeyRing:
    def test_a_new_key_seals_and_the_old_one_still_opens(self) -> None:
        before = KeyRing({1: OLD}).seal("value", context="c")
        ring = KeyRing({2: NEW, 1: OLD})
        assert ring.open(before, context="c") == "value"
        assert ring.seal("value", context="c")[0] == ring.current_id == 2

    def test_a_retired_key_no_longer_opens(self) -> None:
        with pytest.raises(SealedValueError, match="not in the ring"):
            KeyRing({2: NEW}).open(KeyRing({1: OLD}).seal("value", context="c"), context="c")

    def test_is_read_from_text_newest_first(self) -> None:
        text = f"2:{base64.b64encode(NEW).decode()}, 1:{base64.b64encode(OLD).decode()}"
        assert KeyRing.parse(text).current_id == 2

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "empty"),
            (" , ", "empty"),
            ("1:short", "not of the form|instead of 32"),
            ("1:" + base64.b64encode(b"x" * 16).decode(), "16 bytes instead of 32"),
            ("x:" + base64.b64encode(OLD).decode(), "not of the form"),
            ("0:" + base64.b64encode(OLD).decode(), "between 1 and 255"),
            ("256:" + base64.b64encode(OLD).decode(), "between 1 and 255"),
        ],
    )
    def test_an_unusable_one_is_refused_without_showing_it(self, text: str, why: str) -> None:
        with pytest.raises(KeyRingError, match=why) as refusal:
            KeyRing.parse(text)
        assert base64.b64encode(OLD).decode() not in str(refusal.value)

    def test_the_settings_ring_works(self) -> None:
        assert key_ring().open(key_ring().seal("value", context="c"), context="c") == "value"
        assert lookup_key().hex() == settings.LOOKUP_KEY


class TestLookup:
    @given(st.text(), st.text())
    def test_same_value_same_id_and_only_then(self, one: str, other: str) -> None:
        assert (lookup_id("nir", one, key=OLD) == lookup_id("nir", other, key=OLD)) is (one == other)

    def test_depends_on_kind_and_key(self) -> None:
        ids = {lookup_id(kind, "value", key=key) for kind in ("nir", "email") for key in (OLD, NEW)}
        assert len(ids) == 4
