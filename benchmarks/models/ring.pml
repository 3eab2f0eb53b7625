/* The same as ring.csp, step for step. Variables are set to 0 where the CSP process has forgotten
   them. */

#define N 3
#define M 1
#define K 1

#define NEXT ((_pid + 1) % N)

chan queue[N] = [K] of { byte };

active [N] proctype Node()
{
	byte sent;
	byte m;
take:
	if
	:: d_step { sent < M && nfull(queue[NEXT]) -> queue[NEXT]!_pid; sent++ }
	:: queue[_pid]?eval(_pid)
	:: d_step { nempty(queue[_pid]) && !queue[_pid]?[eval(_pid)] -> queue[_pid]?m };
		d_step { nfull(queue[NEXT]) -> queue[NEXT]!m; m = 0 }
	fi;
	goto take
}
