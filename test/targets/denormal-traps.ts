import koffi from 'koffi'
import { buildLibrary, openToolchain } from '../../compiler/targets/native.js'

/*
 * Each multiplication, division, root and multiply-add of this thread that meets or makes a denormal number, counted by
 * the processor's own traps (x86-64, Linux). A sum, a comparison or a move costs nothing on such numbers.
 */
const source = `#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <xmmintrin.h>
#define EXPORT __attribute__((visibility("default")))
#define MASKS 0x1f80u
#define FLAGS 0x3fu
#define DENORMAL 0x0100u
#define UNDERFLOW 0x0800u
#define TRAP_FLAG 0x100
static unsigned counts[2];
static struct sigaction before_fpe, before_trap;
static int is_dear(const unsigned char *p) {
  int op = *p == 0xc5 ? p[2] : p[3];
  if (*p == 0xc4 && (p[1] & 31) == 2) return 1;
  if (*p != 0xc5 && *p != 0xc4) {
    while (*p == 0x66 || *p == 0xf2 || *p == 0xf3 || (*p & 0xf0) == 0x40) p++;
    op = p[1];
  }
  return op == 0x59 || op == 0x5e || op == 0x51;
}
static void on_fpe(int signal, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  unsigned mode = u->uc_mcontext.fpregs->mxcsr;
  (void)signal; (void)info;
  if (is_dear((const unsigned char *)u->uc_mcontext.gregs[REG_RIP])) counts[mode & 2 ? 0 : 1]++;
  u->uc_mcontext.fpregs->mxcsr = (mode & ~FLAGS) | MASKS;
  u->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}
static void on_step(int signal, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  (void)signal; (void)info;
  u->uc_mcontext.fpregs->mxcsr &= ~(FLAGS | DENORMAL | UNDERFLOW);
  u->uc_mcontext.gregs[REG_EFL] &= ~(long long)TRAP_FLAG;
}
EXPORT void traps_begin(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  memset(counts, 0, sizeof counts);
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = on_fpe;
  sigaction(SIGFPE, &action, &before_fpe);
  action.sa_sigaction = on_step;
  sigaction(SIGTRAP, &action, &before_trap);
  _mm_setcsr(_mm_getcsr() & ~(FLAGS | DENORMAL | UNDERFLOW));
}
EXPORT void traps_end(unsigned *met_and_made) {
  _mm_setcsr((_mm_getcsr() & ~FLAGS) | MASKS);
  sigaction(SIGFPE, &before_fpe, 0);
  sigaction(SIGTRAP, &before_trap, 0);
  memcpy(met_and_made, counts, sizeof counts);
}
`

/** How many operations met a denormal number, and how many others made one or would have made a lesser one. */
export interface Denormals {
  readonly met: number
  readonly made: number
}

/** What tells the denormal numbers of a call on this thread. */
export const openTraps = async (folder: string): Promise<(call: () => void) => Denormals> => {
  const { compiler, machine } = await openToolchain()
  const library = koffi.load(await buildLibrary({ compiler, machine, folder }, source))
  const begin = library.func('traps_begin', 'void', [])
  const end = library.func('traps_end', 'void', ['void *'])
  const counts = new Uint32Array(2)
  return call => {
    begin()
    try {
      call()
    } finally {
      end(counts)
    }
    return { met: counts[0] ?? 0, made: counts[1] ?? 0 }
  }
}
