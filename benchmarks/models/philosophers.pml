/* The same as philosophers.csp, step for step. A fork is a shared bit here: it has no more states
   than the process FORK, since who holds it can be told from the philosophers. */

#define N 3
#define MENDED 0
#define LEAVES 0

#define LEFT   _pid
#define RIGHT  ((_pid + 1) % N)
#define FIRST  ((MENDED && _pid == 0) -> RIGHT : LEFT)
#define SECOND ((MENDED && _pid == 0) -> LEFT : RIGHT)

bit taken[N];

active [N] proctype Philosopher()
{
sits:
	skip;
	d_step { !taken[FIRST] -> taken[FIRST] = 1 };
	d_step { !taken[SECOND] -> taken[SECOND] = 1 };
	skip;				/* eats */
	taken[SECOND] = 0;
	taken[FIRST] = 0;
#if LEAVES
	skip;
#endif
	goto sits
}
