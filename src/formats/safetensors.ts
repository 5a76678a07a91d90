import { allocate, bytesOf, type DType, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { ownOf } from '../../runtime/own.js'
import { foreignFormatOf } from './magic.js'
import { brief, parseJson, shown } from './shown.js'

/** A tensor with a name, as files hold it; elements in row-major order. */
export interface NamedTensor {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: TypedArray
}

/** What a safetensors file holds: its tensors in file order, and free text by key. */
export interface SafetensorsFile {
  readonly tensors: readonly NamedTensor[]
  readonly metadata: Readonly<Record<string, string>>
}

const WRITTEN = { f32: 'F32', f64: 'F64', i32: 'I32', u32: 'U32', bool: 'BOOL' } as const
const READ = new Map<string, DType>(
  Object.entries(WRITTEN).map(([dtype, written]) => [written, dtype as keyof typeof WRITTEN]),
)
const METADATA = '__metadata__'
const PREFIX = 8
/** Ten thousand tensors take about a megabyte of header. */
const HEADER_LIMIT = 16_000_000
/** A header begins with `{`. */
const BRACE = 0x7b
const RANK_LIMIT = 32
const NOTES = 20

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [start: number, end: number]
}

/** Bytes of one element in the file: bool takes one there. */
const fileBytesOf = (dtype: DType): number => (dtype === 'bool' ? 1 : bytesOf(dtype))

/**
 * The bytes of a safetensors file: header length (u64), JSON header, then the elements, little-endian
 * (https://huggingface.co/docs/safetensors). Throws `duplicate-name`.
 */
export const encodeSafetensors = (file: SafetensorsFile): Uint8Array<ArrayBuffer> => {
  // Wide elements first, so that every tensor is aligned to its element.
  const tensors = [...file.tensors].sort((a, b) => fileBytesOf(b.dtype) - fileBytesOf(a.dtype))
  const entries: [string, Entry | Readonly<Record<string, string>>][] = []
  const used = new Set<string>([METADATA])
  if (Object.keys(file.metadata).length > 0) entries.push([METADATA, file.metadata])
  let end = 0
  for (const { name, dtype, shape, data } of tensors) {
    if (used.has(name))
      throw userFault('duplicate-name', `safetensors: the name '${brief(name)}' is used twice`)
    used.add(name)
    const start = end
    end += data.length * fileBytesOf(dtype)
    entries.push([name, { dtype: WRITTEN[dtype], shape: [...shape], data_offsets: [start, end] }])
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)))
  const headerLength = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(PREFIX + headerLength + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.fill(0x20, PREFIX, PREFIX + headerLength)
  bytes.set(json, PREFIX)
  let at = PREFIX + headerLength
  for (const { dtype, data } of tensors) {
    const raw =
      dtype === 'bool'
        ? Uint8Array.from(data, x => (x === 0 ? 0 : 1))
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    bytes.set(raw, at)
    at += raw.length
  }
  return bytes
}

const broken = (file: string, what: string, notes: readonly string[] = []): Fault =>
  userFault('malformed-file', `${file} is not a whole safetensors file: ${what}`, {
    notes,
    suggestion: 'copy or write the file again; it may have been cut short',
  })

const headerOf = (
  bytes: Uint8Array,
  file: string,
): { readonly json: Readonly<Record<string, unknown>>; readonly data: number } => {
  const length =
    bytes.length < PREFIX ? 0n : new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  // A header's length may be the first bytes of another format: 640 begins as a pickle does.
  const isOwn = length <= BigInt(HEADER_LIMIT) && bytes[PREFIX] === BRACE
  const foreign = isOwn ? undefined : foreignFormatOf(bytes)
  if (foreign !== undefined)
    throw userFault('malformed-file', `${file} is ${foreign.what}, expected a safetensors file`, {
      suggestion: foreign.remedy,
    })
  if (bytes.length < PREFIX)
    throw broken(file, `it has ${bytes.length} bytes, fewer than the ${PREFIX} of its prefix`)
  const room = bytes.length - PREFIX
  if (length > BigInt(room)) throw broken(file, `its header should have ${length} bytes, but ${room} follow`)
  if (length > BigInt(HEADER_LIMIT))
    throw broken(file, `its header has ${length} bytes, and densor reads at most ${HEADER_LIMIT}`)
  const data = PREFIX + Number(length)
  const json = parseJson(new TextDecoder().decode(bytes.subarray(PREFIX, data)), `the header of ${file}`)
  if (!isRecord(json)) throw broken(file, 'its header is not a JSON object')
  return { json, data }
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

const isSize = (x: unknown): x is number => typeof x === 'number' && Number.isSafeInteger(x) && x >= 0

/** An entry of the header, or what is wrong with its form. */
const entryOf = (given: unknown): Entry | string => {
  if (!isRecord(given)) return `expected { dtype, shape, data_offsets }, received ${shown(given)}`
  const { dtype, shape, data_offsets: offsets } = given
  if (typeof dtype !== 'string') return `dtype: expected string, received ${shown(dtype)}`
  if (!Array.isArray(shape)) return `shape: expected a list of sizes, received ${shown(shape)}`
  if (shape.length > RANK_LIMIT)
    return `shape: it has ${shape.length} dimensions, at most ${RANK_LIMIT} are read`
  const wrong = shape.findIndex(size => !isSize(size))
  if (wrong >= 0) return `shape[${wrong}]: expected non-negative integer, received ${shown(shape[wrong])}`
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    return 'data_offsets: expected two non-negative integers'
  const [start = 0, end = 0]: readonly number[] = offsets
  return { dtype, shape: shape.filter(isSize), data_offsets: [start, end] }
}

const metadataOf = (given: unknown, file: string): Readonly<Record<string, string>> => {
  const fields = given === undefined ? [] : isRecord(given) ? Object.entries(given) : undefined
  const wrong = fields?.find(([, value]) => typeof value !== 'string')
  if (fields === undefined || wrong !== undefined)
    throw broken(file, `its ${METADATA} is not a record of strings`)
  return Object.fromEntries(fields.map(([key, value]) => [key, `${value}`]))
}

/** What is wrong with one entry, given how many bytes of elements the file has. */
const entryMistake = (
  { dtype, shape, data_offsets: [start, end] }: Entry,
  room: number,
): string | undefined => {
  const known = READ.get(dtype)
  if (known === undefined)
    return `dtype ${brief(dtype)} is not one that densor reads (${[...READ.keys()].join(', ')})`
  const want = sizeOf(shape) * fileBytesOf(known)
  if (end < start) return `it ends at byte ${end}, before its start at ${start}`
  if (end - start !== want)
    return `${dtype} [${shape.join(', ')}] takes ${want} bytes, but it has ${end - start}`
  return end > room ? `it ends at byte ${end}, but the file holds ${room} bytes of elements` : undefined
}

/** Entries must tile the element bytes: no holes, no overlaps, nothing after the last. */
const layoutMistakes = (entries: readonly (readonly [string, Entry])[], room: number): readonly string[] => {
  const sorted = [...entries].sort(
    (a, b) => a[1].data_offsets[0] - b[1].data_offsets[0] || a[1].data_offsets[1] - b[1].data_offsets[1],
  )
  const mistakes: string[] = []
  let at = 0
  for (const [name, entry] of sorted) {
    const [start, end] = entry.data_offsets
    if (start !== at) mistakes.push(`${brief(name)}: starts at byte ${start}, expected ${at}`)
    at = end
  }
  if (at !== room)
    mistakes.push(`the tensors end at byte ${at}, but the file holds ${room} bytes of elements`)
  return mistakes
}

/**
 * The tensors of a safetensors file. `file` is its name, for messages.
 * Throws `malformed-file`, listing what is wrong, at most twenty places.
 */
export const decodeSafetensors = (bytes: Uint8Array, file: string): SafetensorsFile => {
  const { json, data: dataStart } = headerOf(bytes, file)
  const metadata = metadataOf(ownOf(json, METADATA), file)
  const room = bytes.length - dataStart
  const entries: [string, Entry][] = []
  const mistakes: string[] = []
  for (const name of Object.keys(json)) {
    if (name === METADATA || mistakes.length === NOTES) continue
    const entry = entryOf(json[name])
    const mistake = typeof entry === 'string' ? entry : entryMistake(entry, room)
    if (mistake !== undefined) mistakes.push(`${brief(name)}: ${mistake}`)
    else if (typeof entry !== 'string') entries.push([name, entry])
  }
  const all = mistakes.length > 0 ? mistakes : layoutMistakes(entries, room).slice(0, NOTES)
  if (all.length > 0) throw broken(file, 'its header and its contents disagree', all)
  const tensors = entries.map(([name, entry]) => {
    const dtype = READ.get(entry.dtype) ?? 'f32'
    const [start, end] = entry.data_offsets
    const raw = bytes.subarray(dataStart + start, dataStart + end)
    return { name, dtype, shape: entry.shape, data: elementsOf(dtype, raw) }
  })
  return { tensors, metadata }
}

const elementsOf = (dtype: DType, raw: Uint8Array): TypedArray => {
  const data = allocate(dtype, raw.length / fileBytesOf(dtype))
  if (dtype === 'bool') data.set(raw)
  else new Uint8Array(data.buffer).set(raw)
  return data
}
