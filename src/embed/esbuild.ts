/** esbuild, which a user adds who builds modules or gives the command a TypeScript file: densor itself runs without. */
import type * as Esbuild from 'esbuild'
import { limitation } from '../../runtime/fault.js'

/** The package, loaded when it is first needed. Throws the limitation `no-esbuild`; `what` needs it. */
export const loadEsbuild = async (what: string): Promise<typeof Esbuild> => {
  try {
    return await import('esbuild')
  } catch (error) {
    throw limitation('no-esbuild', `${what} needs the package esbuild, which does not load here.`, {
      notes: [error instanceof Error ? error.message : String(error)],
      suggestion: 'Install it: npm install --save-dev esbuild.',
    })
  }
}

/** Whether the package is there. */
export const hasEsbuild = (): Promise<boolean> =>
  import('esbuild').then(
    () => true,
    () => false,
  )
