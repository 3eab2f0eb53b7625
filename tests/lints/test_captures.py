"""W001: channels and constructors where variables were meant."""

from __future__ import annotations


def test_an_input_into_a_channel_warns(warned) -> None:
    assert warned("channel x, c : {0..1}\nP = c?x -> P\n") == ["W001 x"]


def test_a_type_error_that_tells_of_the_same_channel_is_enough(warned) -> None:
    script = "channel x\nchannel c : {0..1}\nP = c?x -> P\n"
    assert warned(script) == []
    assert warned(script, types=False) == ["W001 x"]


def test_an_input_into_a_variable_does_not_warn(warned) -> None:
    assert warned("channel c : {0..1}\nP = c?x -> c!x -> P\n") == []


def test_an_input_of_a_channel_that_carries_events_warns(warned) -> None:
    assert warned("channel a, b\nchannel c : {a, b}\nP = c?a -> a -> P\n") == ["W001 a"]


def test_an_input_into_a_small_constructor_that_is_used_warns(warned) -> None:
    script = "datatype D = l | r\nchannel c, d : D\nP = c?l -> d!l -> P\n"
    assert warned(script) == ["W001 l"]


def test_an_input_of_a_constructor_on_purpose_does_not_warn(warned) -> None:
    assert warned("datatype D = Red | Blue\nchannel c, d : D\nP = c?Red -> d!Red -> P\n") == []


def test_an_input_of_a_constructor_that_is_not_used_does_not_warn(warned) -> None:
    assert warned("datatype D = l | r\nchannel c : D\nP = c?l -> P\n") == []


def test_an_input_with_one_field_fixed_does_not_warn(warned) -> None:
    script = "datatype D = l | r\nchannel c, d : {0..1}.D\nP = c?x.l -> d.x.l -> P\n"
    assert warned(script) == []


def test_inputs_that_tell_constructors_apart_do_not_warn(warned) -> None:
    script = """
datatype D = l | r
channel c, d : D
P = c?l -> d!l -> P [] c?r -> d!r -> P
"""
    assert warned(script) == []


def test_the_constructor_of_a_dotted_input_does_not_warn(warned) -> None:
    script = "datatype D = n.{0..1} | m\nchannel c : D\nP = c?n.x -> c!n.x -> P\n"
    assert warned(script) == []


def test_a_parameter_that_is_a_channel_warns(warned) -> None:
    script = "channel a, b\nP(a) = a -> P(a)\nQ = P(b)\n"
    assert warned(script) == ["W001 a"]


def test_a_channel_parameter_that_is_always_given_that_channel_does_not_warn(warned) -> None:
    assert warned("channel a, b\nP(a) = a -> P(a)\nQ = P(a)\n") == []


def test_a_channel_parameter_of_a_function_that_is_passed_on_warns(warned) -> None:
    script = "channel a, b\nP(a) = a -> P(a)\napply(f, x) = f(x)\nQ = apply(P, a)\n"
    assert warned(script) == ["W001 a"]


def test_the_second_group_of_parameters_is_looked_at(warned) -> None:
    assert warned("channel a, b\nP(n)(a) = a -> P(n)(a)\nQ = P(1)(b)\n") == ["W001 a"]


def test_clauses_for_several_channels_do_not_warn(warned) -> None:
    script = "channel a, b\nf(a) = 1\nf(b) = 2\nx = <f(a), f(b)>\n"
    assert warned(script) == []


def test_clauses_for_constructors_do_not_warn(warned) -> None:
    script = "datatype T = Leaf | Node.T.T\nsize(Leaf) = 0\nsize(Node.l.r) = size(l) + size(r)\n"
    assert warned(script) == []


def test_a_single_clause_for_a_constructor_does_not_warn(warned) -> None:
    script = "datatype T = on | off\nf(on) = <on>\nx = f(on)\n"
    assert warned(script) == []


def test_a_single_clause_for_a_constructor_that_is_given_another_warns(warned) -> None:
    script = "datatype T = on | off\nf(on) = <on>\nx = f(off)\n"
    assert warned(script) == ["W001 on"]


def test_a_channel_beside_a_literal_warns(warned) -> None:
    script = "channel n\nf(0) = 1\nf(n) = n * f(n - 1)\n"
    assert "W001 n" in warned(script, types=False)


def test_a_channel_in_a_sequence_pattern_that_is_sent_warns(warned) -> None:
    script = "channel x, out : {0..1}\nB(<>) = STOP\nB(<x>^s) = out!x -> B(s)\n"
    assert warned(script, types=False) == ["W001 x"]


def test_a_channel_in_a_sequence_pattern_that_is_performed_does_not_warn(warned) -> None:
    assert warned("channel a, b\nB(<>) = STOP\nB(<a>^s) = a -> B(s)\nB(<b>^s) = b -> B(s)\n") == []


def test_a_generator_for_a_channel_warns(warned) -> None:
    assert warned("channel a, b\nP = [] a : Events @ a -> P\n") == ["W001 a"]


def test_a_generator_for_pairs_does_not_warn(warned) -> None:
    assert warned("channel a, b\nf(s) = { x | (a, x) <- s }\n") == []


def test_a_lambda_for_a_constructor_warns(warned) -> None:
    assert warned("datatype T = x | y\nf = \\ x @ x\n") == ["W001 x"]


def test_a_local_function_may_hide_a_channel(warned) -> None:
    assert warned("channel a\nf(n) = let a(m) = m + 1\n within a(n)\n") == []
