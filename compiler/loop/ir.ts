/**
 * The loop IR: what a kernel does, in loops over one linear memory. Addresses are bytes, known when the plan is made.
 * Targets only print it; the interpreter is its meaning.
 */

/** Register element types; bool is a truth value (0/1 in memory, a lane mask in a vector register). */
export type Elem = 'f32' | 'f64' | 'i32' | 'u32' | 'bool'

/** Elements of a register. Every target has vectors of four; wider ones are for targets that say so. */
export type Lanes = 1 | 4 | 8 | 16

/** A register: one element, or a vector (not of f64, which is scalar only). */
export interface RegType {
  readonly elem: Elem
  readonly lanes: Lanes
}

export type UnaryOp =
  | 'neg' // f32, f64, i32
  | 'abs' // f32, f64, i32
  | 'sqrt' // f32, f64
  | 'ceil'
  | 'floor'
  | 'trunc'
  | 'nearest' // ties to even
  | 'flush' // f32: a zero of its sign for what is denormal
  | 'not' // bool: logical; i32, u32: bitwise

export type BinaryOp =
  | 'add'
  | 'sub'
  | 'mul' // i32, u32 wrap
  | 'div' // floats; integers truncate, x/0 is defined by the row that emits it
  | 'rem' // integers only
  | 'min' // floats: NaN if either is NaN (wasm's f32.min)
  | 'max'
  | 'and' // bool, i32, u32
  | 'or'
  | 'xor'
  | 'shl' // i32, u32 (amount taken modulo 32)
  | 'shr' // i32 arithmetic, u32 logical
  | 'eq' // comparisons give bool of the operands' lanes
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'

export type CastOp =
  | 'convert' // value-preserving where possible; float -> int truncates and saturates, NaN -> 0; bool -> 0/1; x -> bool is x != 0
  | 'bits' // reinterpret f32 <-> i32/u32, i32 <-> u32
  | 'splat' // one lane -> a vector

export type Expr =
  | { readonly kind: 'const'; readonly type: RegType; readonly value: number }
  /** a `let`, a `var`, a loop index (i32) or a function parameter (i32) */
  | { readonly kind: 'ref'; readonly type: RegType; readonly name: string }
  /** memory at byte address `at + offset`; lanes are consecutive elements, no alignment is assumed */
  | { readonly kind: 'load'; readonly type: RegType; readonly at: Expr; readonly offset: number }
  | { readonly kind: 'unary'; readonly op: UnaryOp; readonly type: RegType; readonly x: Expr }
  | {
      readonly kind: 'binary'
      readonly op: BinaryOp
      readonly type: RegType
      readonly x: Expr
      readonly y: Expr
    }
  | {
      readonly kind: 'select'
      readonly type: RegType
      readonly cond: Expr
      readonly x: Expr
      readonly y: Expr
    }
  | { readonly kind: 'cast'; readonly op: CastOp; readonly type: RegType; readonly x: Expr }
  /** x * y + z: one rounding where the target has it (relaxed), two elsewhere */
  | { readonly kind: 'mulAdd'; readonly type: RegType; readonly x: Expr; readonly y: Expr; readonly z: Expr }
  /** one element of a vector, lane a compile-time number */
  | { readonly kind: 'lane'; readonly type: RegType; readonly x: Expr; readonly lane: number }
  /** a vector from as many scalars as it has lanes */
  | { readonly kind: 'pack'; readonly type: RegType; readonly lanes: readonly Expr[] }
/** the four i32 lanes base, base+1, base+2, base+3 come from `add(splat(base), pack(0,1,2,3))`: no node needed */

export type LoopKind = 'serial' | 'vector' | 'parallel' | 'unrolled'

export type Stmt =
  /** names are unique within a function; a `let` is never assigned again */
  | { readonly kind: 'let'; readonly name: string; readonly value: Expr }
  | { readonly kind: 'var'; readonly name: string; readonly value: Expr }
  | { readonly kind: 'set'; readonly name: string; readonly value: Expr }
  | { readonly kind: 'store'; readonly at: Expr; readonly offset: number; readonly value: Expr }
  /** index = from, from + step, … while index < to; bounds are evaluated once; step > 0 is a constant */
  | {
      readonly kind: 'for'
      readonly loop: LoopKind
      readonly index: string
      readonly from: Expr
      readonly to: Expr
      readonly step: number
      readonly body: readonly Stmt[]
    }
  | {
      readonly kind: 'if'
      readonly cond: Expr
      readonly then: readonly Stmt[]
      readonly else: readonly Stmt[]
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] }
  /** leaves the function, with an i32 where it returns one */
  | { readonly kind: 'return'; readonly value?: Expr }
  /**
   * Waits until `threads` threads have come here; what each wrote before is then seen by all. The three i32 at byte
   * address `at` are the barrier's own. A thread that may not sleep (a page's main one) spins.
   */
  | { readonly kind: 'barrier'; readonly at: number; readonly threads: number; readonly maySleep: boolean }
  | { readonly kind: 'comment'; readonly text: string }

/** A function over the linear memory; parameters and result are i32. */
export interface LoopFunction {
  readonly name: string
  readonly params: readonly string[]
  readonly returns: boolean
  readonly exported: boolean
  readonly body: readonly Stmt[]
}

export interface LoopModule {
  readonly functions: readonly LoopFunction[]
}
