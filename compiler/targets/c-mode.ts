/*
 * The processor's mode while a native function runs: denormal numbers that it reads are zeros, and those that it would
 * make become zeros, at no cost; else each costs 100 cycles and more. The caller's mode comes back with every return.
 * Two underscores keep these names apart from every name of the module.
 */

/** MXCSR: flush to zero (bit 15), denormals are zeros (bit 6). */
const FTZ_DAZ = '0x8040u'
/** FPCR: flush to zero, operands included (bit 24). */
const FZ = '0x1000000u'

/** Declares what `flushing` calls; nothing happens on a processor that is not known. */
export const modeText = `#if defined(__SSE__)
typedef u32 mode__;
static inline mode__ mode__get(void) { mode__ mode; __asm__ volatile("stmxcsr %0" : "=m"(mode)); return mode; }
static inline void mode__set(const mode__ *mode) { __asm__ volatile("ldmxcsr %0" : : "m"(*mode) : "memory"); }
#define MODE__FLUSH ${FTZ_DAZ}
#elif defined(__aarch64__)
typedef unsigned long long mode__;
static inline mode__ mode__get(void) { mode__ mode; __asm__ volatile("mrs %0, fpcr" : "=r"(mode)); return mode; }
static inline void mode__set(const mode__ *mode) { __asm__ volatile("msr fpcr, %0" : : "r"(*mode) : "memory"); }
#define MODE__FLUSH ${FZ}
#else
typedef u32 mode__;
static inline mode__ mode__get(void) { return 0; }
static inline void mode__set(const mode__ *mode) { (void)mode; }
#define MODE__FLUSH 0
#endif
static inline mode__ mode__flush(void) {
  const mode__ before = mode__get(), mode = before | MODE__FLUSH;
  mode__set(&mode);
  return before;
}`

/** The first statement of a function that flushes: it ends with the function, however that is left. */
export const flushing = 'const mode__ mode__before __attribute__((cleanup(mode__set))) = mode__flush();'
