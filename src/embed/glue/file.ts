/** The bytes of a file beside the module, by `fetch`, or from disk where the module lies there. */
export const fileBeside = async (url: URL): Promise<Uint8Array<ArrayBuffer>> => {
  if (url.protocol === 'file:') {
    // a name that bundlers for pages do not look for
    const { readFile } = await import(
      /* @vite-ignore */ /* webpackIgnore: true */ ['node:fs', 'promises'].join('/')
    )
    return new Uint8Array(await readFile(url))
  }
  const response = await fetch(url)
  if (!response.ok) throw Error(`${url}: ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}
