import type { LoopFunction, LoopModule, Stmt } from '../loop/ir.js'
import { exportedSymbol } from './c-text.js'

/*
 * The threads of a native library, as C: where they meet, and the team that waits for calls. Two underscores keep these
 * names apart from every name of the module.
 */

const threadsIn = (body: readonly Stmt[]): number =>
  body.reduce((most, s) => {
    switch (s.kind) {
      case 'barrier':
        return Math.max(most, s.threads)
      case 'for':
        return Math.max(most, threadsIn(s.body))
      case 'if':
        return Math.max(most, threadsIn(s.then), threadsIn(s.else))
      default:
        return most
    }
  }, 1)

/** How many threads meet at the barriers of a module; 1 where it has none. */
export const threadsOf = ({ functions }: LoopModule): number =>
  Math.max(1, ...functions.map(f => threadsIn(f.body)))

/** The function that threads meet in, as it is called and declared. */
export const meetCall = ({ at, threads }: Stmt & { kind: 'barrier' }): string =>
  `team__meet(m, ${at}u, ${threads});`

/** Declares what `meetCall` calls: the definition is at the end, behind the headers that it needs. */
export const meetDeclaration = 'static void team__meet(u8 *m, u32 at, i32 threads);'

/** Turns of a wait before it yields or sleeps: 20 to 80 µs, as processors' pauses differ. */
const SPINS = 2000

/** A count of those who came, which the last one clears, and a generation that it advances. */
const meeting = `#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

/* one turn of a wait: short at first, then other threads of the machine come before it */
static void team__turn(u32 turns) {
  if (turns >= ${SPINS}) sched_yield();
#if defined(__x86_64__) || defined(__i386__)
  else __builtin_ia32_pause();
#elif defined(__aarch64__)
  else __asm__ volatile("yield");
#endif
}

static void team__meet(u8 *m, u32 at, i32 threads) {
  i32 *came = (i32 *)(m + at), *generation = came + 1;
  i32 seen = __atomic_load_n(generation, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(came, 1, __ATOMIC_ACQ_REL) == threads) {
    __atomic_store_n(came, 0, __ATOMIC_RELAXED);
    __atomic_add_fetch(generation, 1, __ATOMIC_RELEASE);
    return;
  }
  for (u32 turns = 0; __atomic_load_n(generation, __ATOMIC_ACQUIRE) == seen; turns++) team__turn(turns);
}`

/**
 * Threads start at the first call and wait, awake for a moment, then asleep. A call ends when all have ended their
 * parts: nobody touches its memory afterwards. One call at a time, whichever thread of the process it comes from.
 */
const team = (mates: number): string => `typedef void team__part(i32 thread, u8 *m, const i32 *args);

static struct {
  pthread_mutex_t call, sleep;
  pthread_cond_t wake;
  pthread_t threads[${mates}];
  i32 started;
  pid_t owner;
  team__part *part;
  u8 *m;
  const i32 *args;
  /* counts the calls; those asleep; those not yet done with the call */
  u32 go;
  i32 sleepers, busy;
} team__ = { .call = PTHREAD_MUTEX_INITIALIZER, .sleep = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

static void team__await(u32 seen) {
  for (u32 turns = 0; turns < ${SPINS}; turns++) {
    if (__atomic_load_n(&team__.go, __ATOMIC_ACQUIRE) != seen) return;
    team__turn(turns);
  }
  pthread_mutex_lock(&team__.sleep);
  __atomic_add_fetch(&team__.sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&team__.go, __ATOMIC_SEQ_CST) == seen) pthread_cond_wait(&team__.wake, &team__.sleep);
  __atomic_sub_fetch(&team__.sleepers, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&team__.sleep);
}

static void *team__follow(void *thread) {
  for (u32 seen = 0;; seen++) {
    team__await(seen);
    if (!team__.part) return 0;
    team__.part((i32)(size_t)thread, team__.m, team__.args);
    __atomic_sub_fetch(&team__.busy, 1, __ATOMIC_RELEASE);
  }
}

/* the program's own threads get its signals */
static i32 team__start(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  team__.owner = getpid();
  while (team__.started < ${mates}) {
    void *thread = (void *)(size_t)(team__.started + 1);
    if (pthread_create(&team__.threads[team__.started], 0, team__follow, thread) != 0) break;
    team__.started++;
  }
  pthread_sigmask(SIG_SETMASK, &before, 0);
  return team__.started == ${mates};
}

/* who sees no sleeper has been seen by everyone before they sleep: both sides write first, then read */
static void team__go(team__part *part, u8 *m, const i32 *args) {
  team__.part = part;
  team__.m = m;
  team__.args = args;
  __atomic_store_n(&team__.busy, ${mates}, __ATOMIC_RELAXED);
  __atomic_add_fetch(&team__.go, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&team__.sleepers, __ATOMIC_SEQ_CST) == 0) return;
  pthread_mutex_lock(&team__.sleep);
  pthread_cond_broadcast(&team__.wake);
  pthread_mutex_unlock(&team__.sleep);
}

/* whether the others have begun; if so, the caller does the first part, then settles */
static i32 team__lead(team__part *part, u8 *m, const i32 *args) {
  pthread_mutex_lock(&team__.call);
  if (team__.started == ${mates} || team__start()) {
    team__go(part, m, args);
    return 1;
  }
  pthread_mutex_unlock(&team__.call);
  return 0;
}

static void team__settle(void) {
  for (u32 turns = 0; __atomic_load_n(&team__.busy, __ATOMIC_ACQUIRE) != 0; turns++) team__turn(turns);
  pthread_mutex_unlock(&team__.call);
}

/* when the library is unloaded or the process exits; a copy of the process has no threads to end */
__attribute__((destructor)) static void team__stop(void) {
  if (team__.started == 0 || team__.owner != getpid() || pthread_mutex_trylock(&team__.call) != 0) return;
  team__go(0, 0, 0);
  while (team__.started > 0) pthread_join(team__.threads[--team__.started], 0);
  pthread_mutex_unlock(&team__.call);
}`

/** An entry point that all threads run: `team__step` of `step`, `step1`, …; it returns -1 where no thread starts. */
const entry = (name: string, parts: readonly LoopFunction[], { params, returns }: LoopFunction): string => {
  const args = params.map((_, i) => `a${i}`)
  const of = params.map((_, i) => `args[${i}]`)
  const call = (thread: string, given: readonly string[]): string =>
    `${exportedSymbol(name + thread)}(${['m', ...given].join(', ')});`
  return [
    `static void team__${name}_part(i32 thread, u8 *m, const i32 *args) {`,
    '  switch (thread) {',
    ...parts.map((_, i) => `    case ${i + 1}: ${call(String(i + 1), of)} return;`),
    '  }',
    '}',
    '',
    `EXPORT i32 team__${name}(${['u8 *m', ...args.map(a => `i32 ${a}`)].join(', ')}) {`,
    `  const i32 args[] = {${args.length === 0 ? '0' : args.join(', ')}};`,
    `  if (!team__lead(team__${name}_part, m, args)) return -1;`,
    `  ${returns ? 'i32 done = ' : ''}${call('', args)}`,
    '  team__settle();',
    `  return ${returns ? 'done' : '0'};`,
    '}',
  ].join('\n')
}

/** The end of a library of several threads: the meeting, the team, and the entry points `team__step`, `team__run`. */
export const teamText = (module: LoopModule, threads: number): readonly string[] => {
  const find = (name: string): LoopFunction | undefined =>
    module.functions.find(f => f.exported && f.name === name)
  const entries = ['step', 'run'].flatMap(name => {
    const first = find(name)
    const parts = Array.from({ length: threads - 1 }, (_, i) => find(`${name}${i + 1}`) ?? [])
    const others = parts.flat()
    return first !== undefined && others.length === threads - 1 ? [entry(name, others, first)] : []
  })
  return entries.length === 0 ? [meeting] : [meeting, team(threads - 1), ...entries]
}
