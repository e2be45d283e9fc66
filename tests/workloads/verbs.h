// SPDX-License-Identifier: Apache-2.0
// What the program `act` can be told to do: one verb for each way in which a workload may behave. `act VERB [ARGUMENT...]`.
#ifndef FOSTER_TESTS_WORKLOADS_VERBS_H_
#define FOSTER_TESTS_WORKLOADS_VERBS_H_

namespace foster {

// Each takes the words behind the verb, which end with null, and returns act's exit status. All of them write to stdout by whole lines, at once.

// exit CODE
int Exit(char** words);
// die SIGNO: of that signal, undisposed and unblocked.
int Die(char** words);
// tell-signals: "blocked=%016x ignored=%016x", as the program was started.
int TellSignals(char** words);
// tell-identity: "pid= parent= group= session= foreground=", the last is the terminal's group or -1.
int TellIdentity(char** words);
// tell-descriptors: "open=0,1,2".
int TellDescriptors(char** words);
// tell-environment: each variable on a line, then "(pid)=" and its process id.
int TellEnvironment(char** words);

// tell-process [CODE]: what the kernel tells of it, a line "WHAT VALUE" each, but what differs from one process or moment to the next: /proc/self/status, limits,
// mounts, cgroup and more, its descriptors, and what prctl(2) knows. Exits with CODE (0).
int TellProcess(char** words);
// attack: says "ready"; when a byte comes on its stdin tries what a process may do to another of its user, to its parent; "WHAT=ok" or "WHAT=ERRNO" each, then "(end of attack)"; ends when its stdin does.
int Attack(char** words);

// listen [COUNT]: blocks every signal, says "ready", and for each that comes "got SIGNO code=C value=V pid=P". Ends with 0 after COUNT of them.
int Listen(char** words);
// listen-together COUNT: as listen, with a child in its process group ("child got ...") and one in a group of its own ("stranger got ..."), which are
// ready when it is and are killed when it ends.
int ListenTogether(char** words);
// tell-parent SIGNO: sends SIGNO to its parent; then as listen 1.
int TellParent(char** words);
// handle SIGNO CODE: says "ready", and exits with CODE when SIGNO comes.
int Handle(char** words);
// drop FD: closes FD; then as hold.
int Drop(char** words);
// be-ready FD: writes a newline to FD; then as hold.
int BeReady(char** words);
// hold: says "ready" and exits with 0 when its stdin ends.
int Hold(char** words);
// become UID: changes to another user (CAP_SETUID is needed), then as listen, for ever.
int Become(char** words);
// stop SIGNO CODE: says "ready", stops itself by SIGSTOP; exits with CODE when SIGNO comes.
int StopSelf(char** words);

// say TEXT...: sends each to NOTIFY_SOCKET (sd_notify(3)), waits at a barrier until all is heard, says "said" (or why not); then as hold.
int Say(char** words);
// say-later TEXT...: says "at=" and NOTIFY_SOCKET, reads a byte of stdin; then as say.
int SayLater(char** words);
// newline FD: writes a newline to FD, closes it and says "said"; then as hold.
int Newline(char** words);

// leave HOW CODE [COUNT]: leaves COUNT processes (one unless said) behind and exits with CODE. HOW: `obey` (each says "asked" at SIGTERM and ends),
// `refuse` (ignores it; says "refusing"), `stopped` (as obey, but is stopped), `daemon` (as obey, in a session of its own), `deep` and `deep-refuse` (as obey and
// refuse, each the child of the one before), `linger` (ignores every signal, says "lingered" at stdin's end).
int Leave(char** words);
// orphans COUNT: makes COUNT orphans, one after the other, each dead at once; then says "made" and waits for SIGTERM, at which it exits with 0.
int Orphans(char** words);
// crowd COUNT: makes COUNT orphans that die all at once; then as orphans.
int Crowd(char** words);
// zombie: leaves a descendant that has a dead child it never waits for; says "ready"; when stdin ends kills the descendant and says "made"; then as orphans.
int Zombie(char** words);

}  // namespace foster

#endif  // FOSTER_TESTS_WORKLOADS_VERBS_H_
