/** Pages, web workers, and workers at the edge: nothing but what the web's standards name. */
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

export const spawnThread: Platform['spawnThread'] = undefined

export const deflate: Platform['deflate'] = storedDeflate
