import { defineConfig } from 'vitest/config'

const apart = ['**/node_modules/**', '**/.gen*/**']

/** Tests of the processor's own traps know those of one system. */
const elsewhere = process.arch === 'x64' && process.platform === 'linux' ? [] : ['**/*.x64.machine.test.ts']

/** `npm test` runs the project `node`, which needs nothing else; `machine` needs a C compiler and Chromium. */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  // `#platform` and `#native` are sources here, in Node; what is published names built files.
  ssr: { resolve: { conditions: ['densor-source'] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Tests write programs equation by equation, with primitives that no imported function brings.
    setupFiles: ['test/families.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...apart, 'test/**/*.machine.test.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'machine', include: ['test/**/*.machine.test.ts'], exclude: [...apart, ...elsewhere] },
      },
    ],
  },
})
