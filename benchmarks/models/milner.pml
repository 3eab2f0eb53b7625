/* The same as milner.csp, step for step. */

#define N 3

#define NEXT ((_pid + 1) % N)

chan c[N] = [0] of { bit };

active proctype First()
{
	skip;				/* start */
	goto begin;
idle:
	c[_pid]?1;
begin:
	skip;				/* a */
	if
	:: skip /* b */ -> c[NEXT]!1
	:: c[NEXT]!1 -> skip /* b */
	fi;
	goto idle
}

active [N - 1] proctype Cell()
{
idle:
	c[_pid]?1;
	skip;				/* a */
	if
	:: skip /* b */ -> c[NEXT]!1
	:: c[NEXT]!1 -> skip /* b */
	fi;
	goto idle
}
