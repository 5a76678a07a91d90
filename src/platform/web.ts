/** Pages, web workers, and workers at the edge: nothing but what the web's standards name. */
import type { ThreadStart } from '../../runtime/threads.js'
import { storedDeflate } from './deflate.js'
import type { Platform } from './platform.js'

/** The console writes whole lines and ends them itself. */
export const output: Platform['output'] = { write: text => console.log(text.replace(/\n$/, '')) }

const plain = (text: string): string => text

export const paint: Platform['paint'] = { bold: plain, dim: plain, cyan: plain }

/** A message to oneself is a turn of the event loop at once; a timer would wait 4 ms. */
export const breathe: Platform['breathe'] = () =>
  new Promise(done => {
    if (typeof MessageChannel !== 'function') {
      setTimeout(done, 0)
      return
    }
    const { port1, port2 } = new MessageChannel()
    const turn = (): void => {
      port1.close()
      done()
    }
    port1.addEventListener('message', turn)
    port1.start()
    port2.postMessage(0)
  })

export const onInterrupt: Platform['onInterrupt'] = () => () => {}

export const atEnd: Platform['atEnd'] = () => {}

/** What is used of a page's worker: TypeScript keeps it in `dom`, which a program for Node does not have. */
interface PageWorker {
  onmessage: ((event: unknown) => void) | null
  onerror: ((event: { readonly message?: string }) => void) | null
  readonly postMessage: (message: ThreadStart | 'hello') => void
  readonly terminate: () => void
}

// the one typed edge to the engine's global: workers at the edge have none
const { Worker: engine } = globalThis as { readonly Worker?: new (url: string) => PageWorker }

/** Workers of a page, or of a worker of a page. They get their program as a blob. */
export const spawnThread: Platform['spawnThread'] =
  engine === undefined
    ? undefined
    : async source => {
        const program = `${source}\nonmessage = ({ data }) => (data === 'hello' ? postMessage('ready') : follow(data))`
        const url = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }))
        const worker = new engine(url)
        try {
          // Chromium holds messages back until this thread has heard that the worker began, which a thread at work never
          // hears; an answer says that it has.
          await new Promise<void>((resolve, reject) => {
            worker.postMessage('hello')
            worker.onmessage = () => resolve()
            worker.onerror = ({ message }) =>
              reject(
                new Error(message || 'A worker does not start: does worker-src of the policy allow blob:?'),
              )
          })
        } finally {
          URL.revokeObjectURL(url)
        }
        return { post: start => worker.postMessage(start), stop: () => worker.terminate() }
      }

export const deflate: Platform['deflate'] = storedDeflate
