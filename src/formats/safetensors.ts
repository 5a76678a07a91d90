import * as t from 'io-ts'
import { allocate, bytesOf, type DType, sizeOf, type TypedArray } from '../../runtime/dtype.js'
import { type Fault, userFault } from '../../runtime/fault.js'
import { decodeOrThrow, parseJson } from './codec.js'

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
const READ: Readonly<Record<string, DType>> = { F32: 'f32', F64: 'f64', I32: 'i32', U32: 'u32', BOOL: 'bool' }
const METADATA = '__metadata__'
const PREFIX = 8
const HEADER_LIMIT = 100_000_000

const Size = t.refinement(t.number, n => Number.isSafeInteger(n) && n >= 0, 'non-negative integer')
const Entry = t.type(
  { dtype: t.string, shape: t.array(Size), data_offsets: t.tuple([Size, Size]) },
  '{ dtype, shape, data_offsets }',
)
const Header = t.record(t.string, Entry, 'safetensors header')
const Metadata = t.record(t.string, t.string, 'safetensors metadata')
type EntryOf = t.TypeOf<typeof Entry>

/** Bytes of one element in the file: bool takes one there. */
const fileBytesOf = (dtype: DType): number => (dtype === 'bool' ? 1 : bytesOf(dtype))

/**
 * The bytes of a safetensors file: header length (u64), JSON header, then the elements, little-endian
 * (https://huggingface.co/docs/safetensors). Throws `duplicate-name`.
 */
export const encodeSafetensors = (file: SafetensorsFile): Uint8Array<ArrayBuffer> => {
  // Wide elements first, so that every tensor is aligned to its element.
  const tensors = [...file.tensors].sort((a, b) => fileBytesOf(b.dtype) - fileBytesOf(a.dtype))
  const entries: [string, EntryOf | Readonly<Record<string, string>>][] = []
  if (Object.keys(file.metadata).length > 0) entries.push([METADATA, file.metadata])
  let end = 0
  for (const { name, dtype, shape, data } of tensors) {
    if (name === METADATA || entries.some(([known]) => known === name))
      throw userFault('duplicate-name', `safetensors: the name '${name}' is used twice`)
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
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
): { readonly json: unknown; readonly data: number } => {
  if (bytes.length < PREFIX)
    throw broken(file, `it has ${bytes.length} bytes, fewer than the ${PREFIX} of its prefix`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  const room = bytes.length - PREFIX
  if (length > BigInt(Math.min(room, HEADER_LIMIT)))
    throw broken(file, `its header should have ${length} bytes, but ${room} follow`)
  const data = PREFIX + Number(length)
  return {
    json: parseJson(new TextDecoder().decode(bytes.subarray(PREFIX, data)), `the header of ${file}`),
    data,
  }
}

/** What is wrong with one entry, given how many bytes of elements the file has. */
const entryMistake = (
  { dtype, shape, data_offsets: [start, end] }: EntryOf,
  room: number,
): string | undefined => {
  const known = READ[dtype]
  if (known === undefined)
    return `dtype ${dtype} is not one that densor reads (${Object.keys(READ).join(', ')})`
  const want = sizeOf(shape) * fileBytesOf(known)
  if (end < start) return `it ends at byte ${end}, before its start at ${start}`
  if (end - start !== want)
    return `${dtype} [${shape.join(', ')}] takes ${want} bytes, but it has ${end - start}`
  return end > room ? `it ends at byte ${end}, but the file holds ${room} bytes of elements` : undefined
}

/** Entries must tile the element bytes: no holes, no overlaps, nothing after the last. */
const layoutMistakes = (
  entries: readonly (readonly [string, EntryOf])[],
  room: number,
): readonly string[] => {
  const sorted = [...entries].sort(
    (a, b) => a[1].data_offsets[0] - b[1].data_offsets[0] || a[1].data_offsets[1] - b[1].data_offsets[1],
  )
  const mistakes: string[] = []
  let at = 0
  for (const [name, entry] of sorted) {
    const [start, end] = entry.data_offsets
    if (start !== at) mistakes.push(`${name}: starts at byte ${start}, expected ${at}`)
    at = end
  }
  if (at !== room)
    mistakes.push(`the tensors end at byte ${at}, but the file holds ${room} bytes of elements`)
  return mistakes
}

/**
 * The tensors of a safetensors file. `file` is its name, for messages.
 * Throws `malformed-file`, listing everything that is wrong.
 */
export const decodeSafetensors = (bytes: Uint8Array<ArrayBuffer>, file: string): SafetensorsFile => {
  const { json, data: dataStart } = headerOf(bytes, file)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw broken(file, 'its header is not a JSON object')
  const fields = Object.entries(json)
  const metadata = decodeOrThrow(
    Metadata,
    Object.fromEntries(fields.filter(([k]) => k === METADATA))[METADATA] ?? {},
    file,
  )
  const header = decodeOrThrow(Header, Object.fromEntries(fields.filter(([k]) => k !== METADATA)), file)
  const entries = Object.entries(header)
  const room = bytes.length - dataStart
  const mistakes = entries.flatMap(([name, entry]) => {
    const mistake = entryMistake(entry, room)
    return mistake === undefined ? [] : [`${name}: ${mistake}`]
  })
  const all = mistakes.length > 0 ? mistakes : layoutMistakes(entries, room)
  if (all.length > 0) throw broken(file, 'its header and its contents disagree', all)
  const tensors = entries.map(([name, entry]) => {
    const dtype = READ[entry.dtype] ?? 'f32'
    const [start, end] = entry.data_offsets
    const raw = bytes.slice(dataStart + start, dataStart + end)
    return { name, dtype, shape: entry.shape, data: elementsOf(dtype, raw) }
  })
  return { tensors, metadata }
}

const elementsOf = (dtype: DType, raw: Uint8Array<ArrayBuffer>): TypedArray => {
  const data = allocate(dtype, raw.length / fileBytesOf(dtype))
  if (dtype === 'bool') data.set(raw)
  else new Uint8Array(data.buffer).set(raw)
  return data
}
