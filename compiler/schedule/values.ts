import { bug } from '../../runtime/fault.js'
import type { Value } from '../ir/program.js'
import type { Expr, Lanes, RegType } from '../loop/ir.js'
import type { View } from '../ops/row.js'
import { at } from '../ops/tensor.js'
import type { Clearing } from './clearing.js'
import { advance, closeFold, type Fold, loses, openFold } from './folds.js'
import type { Group } from './fusion.js'
import {
  clearingOf,
  computeMember,
  type Frame,
  type Placement,
  readAccess,
  registerOf,
  writeValue,
} from './members.js'
import { type Node, readAtPoints } from './nodes.js'
import type { Phases } from './phases.js'
import type { Access } from './views.js'

/** What the kernel of a loops group needs beside the group: which members have a buffer, and the passes. */
export interface LoopsKernel {
  readonly group: Group
  readonly phases: Phases
  /** Members written to memory: everything another kernel reads, and what a later phase reloads. */
  readonly stored: (root: Value) => boolean
}

/** A kernel on its merged index space: the same for every point of it. */
export interface Setting {
  readonly kernel: LoopsKernel
  readonly placement: Placement
  /** The members by what they compute. */
  readonly members: ReadonlyMap<Value, Node>
  /** Views of outside values, over the merged dimensions. */
  readonly views: ReadonlyMap<View, View>
  /** Counts the elements of the space. */
  readonly linear: View
  /** Counts the elements of the outer dimensions. */
  readonly outerLinear: View
}

/** True for a reduction that gives one of the elements. */
const chooses = ({ equation }: Node): boolean =>
  equation.prim === 'reduce' && ['maximum', 'minimum'].includes(equation.params.reducer)

/** What is known at one point of the whole space. */
interface Here {
  readonly values: Map<Value, Expr>
  readonly clearing: Clearing
}

/** The values of members at one point of the outer dimensions, phase by phase. */
export class Values {
  readonly #setting: Setting
  readonly #outer = new Map<Value, Expr>()

  constructor(setting: Setting) {
    this.#setting = setting
  }

  #isFull(node: Node): boolean {
    return node.kind !== 'reduction' && !this.#setting.kernel.group.isOuter(node)
  }

  #level(node: Node): number {
    return this.#setting.kernel.phases.levelOf(node)
  }

  /** True when a phase walks the inner dimensions at all. */
  hasPass(phase: number): boolean {
    return this.#setting.kernel.group.members.some(
      n => this.#level(n) === phase && (n.kind === 'reduction' || (this.#isFull(n) && this.#isWritten(n))),
    )
  }

  #isKept(root: Value): boolean {
    const { placement, members } = this.#setting
    return placement.clear.isKept(root, v => members.has(v))
  }

  #isWritten(node: Node): boolean {
    return this.#setting.kernel.stored(node.equation.output)
  }

  /**
   * The members of one phase at one point of the whole space: folds advance, stored members are written. All is read
   * before anything is written: a result may take the place of an operand that another member reads too.
   */
  runPhase(frame: Frame, phase: number, folds: readonly Fold[] = []): void {
    const here: Here = { values: new Map(), clearing: clearingOf(this.#setting.placement) }
    const written = this.#setting.kernel.group.members
      .filter(node => this.#isFull(node) && this.#level(node) === phase && this.#isWritten(node))
      .map(node => ({ root: node.equation.output, value: this.#full(frame, phase, here, node) }))
      .map(({ root, value }) => ({
        root,
        value: this.#isKept(root) ? here.clearing.clear(frame, value) : value,
      }))
    for (const { root, value } of written)
      writeValue(frame, value, this.#setting.placement.addressOf(root), this.#setting.linear)
    for (const fold of folds) {
      const value = this.#operand(frame, phase, here, at(fold.node.operands, 0))
      frame.body.push(advance(fold, here.clearing.best(value), frame.lanes))
    }
  }

  #full(frame: Frame, phase: number, here: Here, node: Node): Expr {
    const root = node.equation.output
    const known = here.values.get(root)
    if (known !== undefined) return known
    const reload = this.#level(node) < phase && this.#isWritten(node)
    const value = reload
      ? this.#reloaded(frame, here, root)
      : computeMember(
          this.#setting.placement,
          frame,
          node,
          readAtPoints(node).map(o => this.#operand(frame, phase, here, o)),
          this.#setting.linear,
          here.clearing,
        )
    here.values.set(root, value)
    return value
  }

  #reloaded(frame: Frame, { clearing }: Here, root: Value): Expr {
    const { placement, linear } = this.#setting
    const value = readAccess(placement, frame, { root, view: linear })
    return this.#isKept(root) ? value : clearing.mark(value)
  }

  #operand(frame: Frame, phase: number, here: Here, access: Access): Expr {
    const maker = this.#setting.members.get(access.root)
    if (maker === undefined) return this.#external(frame, access)
    if (this.#isFull(maker)) return this.#full(frame, phase, here, maker)
    const value = this.#outer.get(access.root)
    if (value === undefined) throw bug(`schedule: %${access.root} is not yet folded`)
    return value
  }

  #external(frame: Frame, { root, view }: Access): Expr {
    const spread = this.#setting.views.get(view)
    if (spread === undefined) throw bug(`schedule: an unknown view of %${root}`)
    return readAccess(this.#setting.placement, frame, { root, view: spread })
  }

  // ---- outer values

  /** The reductions that a phase folds, and their types. */
  #foldsOf(phase: number): readonly { readonly node: Node; readonly type: RegType }[] {
    return this.#setting.kernel.group.members.flatMap(node =>
      node.kind === 'reduction' && this.#level(node) === phase
        ? [{ node, type: registerOf(this.#setting.placement.analysis.typeOf(node.equation.output)) }]
        : [],
    )
  }

  /** True where a phase has sums that a long fold would round away. */
  hasSums(phase: number): boolean {
    return this.#foldsOf(phase).some(({ node, type }) => loses(node, type))
  }

  /** Accumulators for the reductions of a phase; `rowLanes` where the folded dimension is walked in vectors. */
  openFolds(frame: Frame, phase: number, rowLanes: Lanes, isLong: (lanes: Lanes) => boolean): Fold[] {
    return this.#foldsOf(phase).map(({ node, type }) => openFold(frame, node, type, rowLanes, isLong))
  }

  /** The folded values. */
  closeFolds(folds: readonly Fold[]): void {
    for (const fold of folds) {
      const clearing = clearingOf(this.#setting.placement)
      const bound = closeFold(fold)
      const isClear = chooses(fold.node)
      this.#outer.set(
        fold.node.equation.output,
        clearing.clear(fold.frame, isClear ? bound : clearing.mark(bound)),
      )
      this.#write(fold.frame, fold.node)
    }
  }

  /** Members on the outer dimensions that can be computed before pass `level` and not before. */
  runOuter(frame: Frame, level: number): void {
    const { group } = this.#setting.kernel
    for (const node of group.members) {
      if (!group.isOuter(node) || node.kind === 'reduction' || this.#level(node) !== level) continue
      const { placement, outerLinear } = this.#setting
      const clearing = clearingOf(placement)
      const operands = readAtPoints(node).map(o => this.#outer.get(o.root) ?? this.#external(frame, o))
      const value = computeMember(placement, frame, node, operands, outerLinear, clearing)
      this.#outer.set(node.equation.output, clearing.clear(frame, value))
      this.#write(frame, node)
    }
  }

  #write(frame: Frame, node: Node): void {
    const root = node.equation.output
    const value = this.#outer.get(root)
    if (value === undefined || !this.#isWritten(node)) return
    writeValue(frame, value, this.#setting.placement.addressOf(root), this.#setting.outerLinear)
  }
}
