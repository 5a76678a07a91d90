import { bug } from '../../runtime/fault.js'

/** Turns WebAssembly text into bytes; faults (a bug) where the text is not a valid module. */
export type Assemble = (text: string) => Uint8Array<ArrayBuffer>

const features = {
  simd: true,
  relaxed_simd: true,
  threads: true,
  sat_float_to_int: true,
  bulk_memory: true,
  mutable_globals: true,
  sign_extension: true,
}

let loading: Promise<Assemble> | undefined

const load = async (): Promise<Assemble> => {
  // imported here: who compiles for other targets, or not at all, need not read 690 kB
  const { default: wabt } = await import('wabt')
  const tool = await wabt()
  return text => {
    try {
      const module = tool.parseWat('densor.wat', text, features)
      try {
        module.resolveNames()
        // it takes the features too, which its types leave out: without them shared memory is refused
        const validate: (allowed: typeof features) => void = module.validate.bind(module)
        validate(features)
        return new Uint8Array(module.toBinary({}).buffer)
      } finally {
        module.destroy()
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw bug('the assembler rejects the generated WebAssembly', { notes: message.split('\n').slice(0, 8) })
    }
  }
}

/** The assembler (wabt), loaded at the first call (about 25 ms) and kept. */
export const loadAssembler = (): Promise<Assemble> => {
  loading ??= load()
  return loading
}
