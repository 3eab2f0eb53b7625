"""W004: definitions that no assertion needs."""

from __future__ import annotations

USED = "channel a, b\nP = a -> b -> P\nassert P :[deadlock free]\n"


def test_an_unused_process_warns(warned) -> None:
    assert warned(f"{USED}Q = a -> STOP\n") == ["W004 Q"]


def test_an_unused_channel_warns(warned) -> None:
    assert warned(f"{USED}channel c, d\nassert c -> STOP [T= STOP\n") == ["W004 d"]


def test_an_unused_datatype_warns(warned) -> None:
    assert warned(f"{USED}datatype T = A | B\n") == ["W004 T"]


def test_a_datatype_of_which_one_constructor_is_used_does_not_warn(warned) -> None:
    assert warned(f"{USED}datatype T = A | B\nf(A) = a -> STOP\nassert f(A) [T= STOP\n") == []


def test_an_unused_nametype_warns(warned) -> None:
    assert warned(f"{USED}nametype N = {{0..3}}\n") == ["W004 N"]


def test_an_unused_pattern_warns(warned) -> None:
    assert warned(f"{USED}(x, y) = (1, 2)\n") == ["W004 (x, y)"]


def test_a_pattern_of_which_one_variable_is_used_does_not_warn(warned) -> None:
    script = f"{USED}(x, y) = (1, 2)\nassert x == 1 & P [T= STOP\n"
    assert warned(script) == []


def test_an_unused_local_definition_warns(warned) -> None:
    script = "channel a\nP = let n = 1\n m = 2\n within if n == 1 then a -> P else STOP\n"
    assert warned(f"{script}assert P [T= STOP\n") == ["W004 m"]


def test_the_local_definitions_of_an_unused_one_do_not_warn(warned) -> None:
    assert warned(f"{USED}Q = let n = 1\n R = a -> R\n within R\n") == ["W004 Q"]


def test_what_only_unused_definitions_use_is_told_with_them(warned) -> None:
    assert warned(f"{USED}Q = R\nR = a -> R\n") == ["W004 Q"]


def test_unused_definitions_that_use_each_other_warn_once(warned) -> None:
    assert warned(f"{USED}Q = a -> R\nR = b -> Q\n") == ["W004 Q"]


def test_many_unused_definitions_are_one_warning(warned) -> None:
    more = "".join(f"Q{n} = a -> STOP\n" for n in range(10))
    assert warned(USED + more) == ["W004 Q0"]


def test_a_script_without_assertions_does_not_warn(warned) -> None:
    assert warned("channel a\nP = a -> P\nprint 1\n") == []


def test_what_is_printed_does_not_warn(warned) -> None:
    assert warned(f"{USED}x = 1\nprint x\n") == []


def test_a_name_that_ends_in_an_underscore_does_not_warn(warned) -> None:
    assert warned(f"{USED}Q_ = a -> STOP\n") == []


def test_an_included_file_does_not_warn(warned) -> None:
    script = f'include "other.csp"\n{USED}'
    assert warned(script, other="Q = R\nR = STOP\n") == []


def test_what_an_included_file_uses_does_not_warn(warned) -> None:
    script = 'channel a\nQ = a -> STOP\ninclude "other.csp"\n'
    assert warned(script, other="assert Q [T= STOP\n") == []


def test_exports_of_a_module_do_not_warn(warned) -> None:
    script = f"""{USED}
module M
  hidden = 1
  lost = 2
exports
  x = hidden
endmodule
"""
    assert warned(script) == ["W004 lost"]


def test_what_an_instance_uses_does_not_warn(warned) -> None:
    script = """channel a : {0..3}
two = 2
module M(n)
  count = n
exports
  P = a!count -> STOP
endmodule
instance I = M(two)
assert I::P [T= STOP
"""
    assert warned(script) == []


def test_channels_do_not_warn_where_all_events_are_meant(warned) -> None:
    assert warned("channel a, b\nassert CHAOS(Events) [T= STOP\n") == []


def test_types_that_annotations_use_do_not_warn(warned) -> None:
    script = f"{USED}datatype T = A | B\nf :: (T) -> Proc\nf(x) = P\nassert f(B) [T= P\n"
    assert warned(script) == []


def test_what_a_timed_section_needs_does_not_warn(warned) -> None:
    script = """channel tock, a
delay(_) = 1
Timed(delay) {
  P = a -> P
}
assert P :[divergence free]
"""
    assert warned(script) == []


def test_a_script_with_errors_does_not_warn(warned) -> None:
    assert warned(f"{USED}Q = a -> STOP\nR = nowhere\n") == []
