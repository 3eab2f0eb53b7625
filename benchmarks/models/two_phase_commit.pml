/* The same as two_phase_commit.csp, step for step. Variables are set to 0 where the CSP process has
   forgotten them. */

#define N 2

mtype = { ask, yes, no, commit, abort };

chan to[N] = [1] of { mtype };
chan from[N] = [1] of { mtype };
bool failed[N];

active [N] proctype Participant()
{
	if
	:: failed[_pid] = true -> goto down
	:: to[_pid]?ask
	fi;
	if
	:: failed[_pid] = true -> goto down
	:: from[_pid]!yes
	:: from[_pid]!no -> goto aborted
	fi;
	if
	:: failed[_pid] = true -> goto down
	:: to[_pid]?commit -> goto committed
	:: to[_pid]?abort -> goto aborted
	fi;
committed:
	if
	:: failed[_pid] = true -> goto down
	:: to[_pid]?_ -> goto committed
	fi;
aborted:
	if
	:: failed[_pid] = true -> goto down
	:: to[_pid]?_ -> goto aborted
	fi;
down:
	to[_pid]?_;
	goto down
}

active proctype Coordinator()
{
	byte i;
	bool refused;
	mtype vote;
ask_all:
	if
	:: d_step { true -> i = 0; refused = 0 } -> goto died
	:: d_step { i < N - 1 && nfull(to[i]) -> to[i]!ask; i++ } -> goto ask_all
	:: d_step { i == N - 1 && nfull(to[i]) -> to[i]!ask; i = 0 }
	fi;
collect:
	if
	:: d_step { true -> i = 0; refused = 0 } -> goto died
	:: d_step { i < N - 1 && nempty(from[i]) ->
		from[i]?vote; refused = (refused || vote == no); vote = 0; i++ } -> goto collect
	:: d_step { i == N - 1 && nempty(from[i]) ->
		from[i]?vote; refused = (refused || vote == no); vote = 0; i = 0 }
	:: d_step { i < N - 1 && failed[i] -> refused = 1; i++ } -> goto collect
	:: d_step { i == N - 1 && failed[i] -> refused = 1; i = 0 }
	fi;
tell_all:
	if
	:: d_step { true -> i = 0; refused = 0 } -> goto died
	:: d_step { i < N - 1 && nfull(to[i]) -> to[i]!(refused -> abort : commit); i++ } -> goto tell_all
	:: d_step { i == N - 1 && nfull(to[i]) ->
		to[i]!(refused -> abort : commit); i = 0; refused = 0 }
	fi;
	skip;				/* dies */
died:
	false
}
