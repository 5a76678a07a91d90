import { unsigned } from './wasm-opcodes.js'

/** Bytes that grow: what the sections of a WebAssembly module are written into. */
export class Bytes {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  length = 0

  constructor(room = 256) {
    this.#bytes = new Uint8Array(room)
    this.#view = new DataView(this.#bytes.buffer)
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.length++] = value
  }

  bytes(values: ArrayLike<number>): void {
    this.#room(values.length)
    this.#bytes.set(values, this.length)
    this.length += values.length
  }

  /** Unsigned LEB128. */
  unsigned(value: number): void {
    if (value < 128) this.byte(value)
    else this.bytes(unsigned(value))
  }

  /** Signed LEB128 of 32 bits; a number above 2³¹ is the negative one of the same bits. */
  signed(value: number): void {
    for (let rest = value | 0; ; rest >>= 7) {
      const low = rest & 127
      // what is left is all sign, as this byte's sixth bit says already
      if (rest >> 6 === 0 || rest >> 6 === -1) {
        this.byte(low)
        return
      }
      this.byte(low | 128)
    }
  }

  f32(value: number): void {
    this.#room(4)
    this.#view.setFloat32(this.length, value, true)
    this.length += 4
  }

  f64(value: number): void {
    this.#room(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** The low 32 bits of an integer. */
  word(value: number): void {
    this.#room(4)
    this.#view.setUint32(this.length, value, true)
    this.length += 4
  }

  /** Its length, then another's bytes. */
  sized(other: Bytes): void {
    this.unsigned(other.length)
    this.bytes(other.written())
  }

  /** The bytes so far, where they are. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return
    const larger = new Uint8Array(2 * this.#bytes.length + bytes)
    larger.set(this.written())
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}
