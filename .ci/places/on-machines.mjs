/** Places that run programs on a machine: Node with its loaders and test runners, Deno, Bun. */
import { join } from 'node:path'
import { SAY } from './program.mjs'
import { node, run, write } from './tools.mjs'

const commonJsPackage = JSON.stringify({ type: 'commonjs' })
const modulePackage = JSON.stringify({ type: 'module' })
/** Nodes before 20.19 cannot `require` ES modules; so this one may not either. */
const OLD = '--no-experimental-require-module'

const called = `const sayAnswer = async () => {\n${SAY}}\n`
const typed = called.replace('const said', 'const said: unknown[]')
const inTest = `${called}test('the first model', sayAnswer, 60_000)\n`

const jest = async ({ folder, tool }, files, config, env) => {
  write(folder, { ...files, 'jest.config.json': JSON.stringify(config) })
  return node([tool('jest/bin/jest.js'), '--config', 'jest.config.json'], { cwd: folder, env })
}

const strict = {
  target: 'es2022',
  lib: ['es2023'],
  strict: true,
  skipLibCheck: false,
  types: ['node'],
  outDir: 'out',
}

/** Compiles a program with `tsc` and runs what comes out. */
const compiled = async ({ folder, tool }, text, type, compilerOptions) => {
  const tsconfig = JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files: ['main.ts'] })
  write(folder, { 'package.json': type, 'main.ts': text, 'tsconfig.json': tsconfig })
  await node([tool('typescript/bin/tsc')], { cwd: folder })
  return node([OLD, 'out/main.js'], { cwd: folder })
}

export const ON_MACHINES = [
  {
    name: 'Node, `import`',
    how: '`node main.mjs`',
    try: ({ folder, forms }) => {
      write(folder, { 'main.mjs': forms.javascript })
      return node(['main.mjs'], { cwd: folder })
    },
  },
  {
    name: 'Node, `require`',
    how: `\`node main.cjs\`, also with \`${OLD}\``,
    try: async ({ folder, forms }) => {
      write(folder, { 'main.cjs': `${forms.mainRequired}\n${called}sayAnswer()` })
      await node(['main.cjs'], { cwd: folder })
      return node([OLD, 'main.cjs'], { cwd: folder })
    },
  },
  {
    name: 'TypeScript, ES modules',
    tool: 'typescript',
    how: '`module: nodenext`, then `node`',
    try: place => compiled(place, place.forms.typescript, modulePackage, { module: 'nodenext' }),
  },
  {
    name: 'TypeScript, CommonJS',
    tool: 'typescript',
    how: '`module: node16` in a CommonJS package, then `node`',
    try: place =>
      compiled(place, `${place.forms.mainTyped}${typed}sayAnswer()`, commonJsPackage, { module: 'node16' }),
  },
  {
    name: 'TypeScript, old resolution',
    tool: 'typescript',
    how: '`module: commonjs` with `moduleResolution: node10`, then `node`',
    try: place =>
      compiled(place, `${place.forms.mainTyped}${typed}sayAnswer()`, commonJsPackage, {
        module: 'commonjs',
        moduleResolution: 'node10',
      }),
  },
  {
    name: 'tsx',
    tool: 'tsx',
    how: '`tsx main.ts`',
    try: ({ folder, forms, tool }) => {
      write(folder, { 'package.json': modulePackage, 'main.ts': forms.typescript })
      return node([tool('tsx/dist/cli.mjs'), 'main.ts'], { cwd: folder })
    },
  },
  {
    name: 'ts-node',
    tool: 'ts-node',
    how: '`ts-node main.ts` with its defaults, types checked',
    try: ({ folder, forms, tool }) => {
      const compilerOptions = {
        target: 'es2022',
        lib: ['es2023'],
        module: 'commonjs',
        strict: true,
        types: ['node'],
      }
      write(folder, {
        'package.json': commonJsPackage,
        'tsconfig.json': JSON.stringify({ compilerOptions }),
        'main.ts': `${forms.mainTyped}\n${typed}sayAnswer()`,
      })
      return node([OLD, tool('ts-node/dist/bin.js'), 'main.ts'], { cwd: folder })
    },
  },
  {
    name: 'Jest, CommonJS',
    tool: 'jest',
    how: 'a test with `require`',
    try: place =>
      jest(
        place,
        { 'package.json': commonJsPackage, 'first.test.js': `${place.forms.mainRequired}\n${inTest}` },
        { verbose: false },
      ),
  },
  {
    name: 'Jest, ES modules',
    tool: 'jest',
    how: 'a test with `import`, `--experimental-vm-modules`',
    try: place =>
      jest(
        place,
        { 'package.json': modulePackage, 'first.test.js': `${place.forms.main}\n${inTest}` },
        { transform: {} },
        { NODE_OPTIONS: '--experimental-vm-modules' },
      ),
  },
  {
    name: 'Vitest',
    tool: 'vitest',
    how: 'a test with `import`',
    try: ({ folder, forms, tool }) => {
      write(folder, {
        'package.json': modulePackage,
        'first.test.js': `import { test } from 'vitest'\n${forms.main}\n${inTest}`,
      })
      return node([tool('vitest/vitest.mjs'), 'run', '--root', '.'], { cwd: folder })
    },
  },
  {
    name: 'pnpm',
    tool: 'pnpm',
    how: '`pnpm add densor`, whose exit status is 0, then `node main.mjs`',
    try: async ({ folder, forms, tool, tarball }) => {
      write(folder, { 'package.json': JSON.stringify({ private: true }), 'main.mjs': forms.javascript })
      await node([tool('pnpm/bin/pnpm.mjs'), 'add', tarball, '--store-dir', join(folder, 'store')], {
        cwd: folder,
      })
      return node(['main.mjs'], { cwd: folder })
    },
  },
  {
    name: 'Deno',
    tool: 'deno',
    how: '`deno run main.mjs` with `node_modules`',
    try: ({ folder, forms, tool }) => {
      write(folder, { 'main.mjs': forms.javascript })
      return node([tool('deno/bin.cjs'), 'run', '--allow-all', '--node-modules-dir=manual', 'main.mjs'], {
        cwd: folder,
        env: { DENO_DIR: join(folder, 'cache') },
      })
    },
  },
  {
    name: 'Bun',
    tool: 'bun',
    how: '`bun main.ts`',
    try: ({ folder, forms, bun }) => {
      write(folder, { 'main.ts': forms.typescript })
      return run(bun, ['main.ts'], { cwd: folder })
    },
  },
]
