/* The same as alternating_bit.csp, step for step. Variables are set to 0 where the CSP process has
   forgotten them. D is at most 8. */

#define K 2
#define D 2

chan forth = [K] of { bit, byte };
chan back = [K] of { bit };

active proctype Sender()
{
	bit b;
	byte x;
fetch:
	if
	:: x = 0
	:: d_step { D > 1 -> x = 1 }
	:: d_step { D > 2 -> x = 2 }
	:: d_step { D > 3 -> x = 3 }
	:: d_step { D > 4 -> x = 4 }
	:: d_step { D > 5 -> x = 5 }
	:: d_step { D > 6 -> x = 6 }
	:: d_step { D > 7 -> x = 7 }
	fi;
sending:
	if
	:: forth!b, x -> goto sending
	:: back?eval(1 - b) -> goto sending
	:: d_step { back?eval(b) -> b = 1 - b; x = 0 } -> goto fetch
	fi
}

active proctype Receiver()
{
	bit b;
	byte y;
receive:
	if
	:: forth?eval(b), y ->
		d_step { y = 0; b = 1 - b }	/* right */
	:: forth?eval(1 - b), _
	fi;
	back!(1 - b);
	goto receive
}

active proctype Loss()
{
	do
	:: forth?_, _
	:: back?_
	od
}
