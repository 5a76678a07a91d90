import { densor } from 'densor/vite'
import { defineConfig } from 'vite'

// biome-ignore lint/style/noDefaultExport: Vite reads the default export
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [densor()],
  build: { outDir: '../../../out/embedded/page', emptyOutDir: true, modulePreload: { polyfill: false } },
})
