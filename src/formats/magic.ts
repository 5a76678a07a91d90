/** What helps where a server has answered with a page. */
const MISSING_THERE = 'look at the address that it came from: servers answer so where there is no file'

/** Files of other programs, known by their first bytes. */
const MAGIC: readonly (readonly [starts: readonly number[], what: string, remedy?: string])[] = [
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file (.h5, .hdf5)'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive (.keras, .npz and .pt files are such)'],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], 'a NumPy array (.npy)'],
  [[0x47, 0x47, 0x55, 0x46], 'a GGUF file'],
  [[0x1f, 0x8b], 'a gzip archive'],
  [[0x80, 0x02], 'a Python pickle'],
  [[0x80, 0x04], 'a Python pickle'],
  [[0x3c, 0x21], 'a page (HTML)', MISSING_THERE],
  [[0x3c, 0x68], 'a page (HTML)', MISSING_THERE],
  [
    [...'version https://git-lfs'].map(x => x.charCodeAt(0)),
    'a pointer of Git LFS',
    'fetch the file itself: git lfs pull',
  ],
  [[0x7b, 0x22], 'JSON text', 'pass the safetensors file itself, as saveWeights writes it'],
]

/** What the bytes are, where they begin like a file of another program, `a NumPy array (.npy)`, and what to do then. */
export const foreignFormatOf = (
  bytes: Uint8Array,
): { readonly what: string; readonly remedy: string } | undefined => {
  const found = MAGIC.find(([starts]) => starts.every((byte, i) => bytes[i] === byte))
  return found && { what: found[1], remedy: found[2] ?? BRING_WEIGHTS }
}

/** How weights come from there. */
const BRING_WEIGHTS =
  'in Python, load it and write a dictionary from names such as layer0/kernel to f32 arrays with safetensors.numpy.save_file'
