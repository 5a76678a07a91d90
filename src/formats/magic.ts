/** Files of other programs, known by their first bytes. */
const MAGIC: readonly (readonly [starts: readonly number[], what: string])[] = [
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file (.h5, .hdf5)'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive (.keras, .npz and .pt files are such)'],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], 'a NumPy array (.npy)'],
  [[0x47, 0x47, 0x55, 0x46], 'a GGUF file'],
  [[0x1f, 0x8b], 'a gzip archive'],
  [[0x80, 0x02], 'a Python pickle'],
  [[0x80, 0x04], 'a Python pickle'],
]

/** What the bytes are, where they begin like a file of another program: `a NumPy array (.npy)`. */
export const foreignFormatOf = (bytes: Uint8Array): string | undefined =>
  MAGIC.find(([starts]) => starts.every((byte, i) => bytes[i] === byte))?.[1]

/** How weights come from there. */
export const BRING_WEIGHTS =
  'in Python, load it and write a dictionary from names such as layer0/kernel to f32 arrays with safetensors.numpy.save_file'
