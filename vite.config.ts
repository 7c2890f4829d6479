import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type EnvironmentOptions } from 'vite';

const at = (file: string) => path.join(import.meta.dirname, file);

/** What Node and Electron bring themselves. Everything else is bundled, so that a package holds dist/ and no node_modules. */
const external = ['electron', ...builtinModules, /^node:/];

/** Chromium of the Electron in package.json; browsers of the last year have it too. */
const chromium = 'chrome140';

/** Bundles for Node: one file per entry, readable, since nobody downloads them and stacks should speak. */
const node = (folder: string, input: Record<string, string>): EnvironmentOptions => ({
  consumer: 'server',
  resolve: { noExternal: true },
  build: {
    outDir: at(`dist/${folder}`),
    emptyOutDir: true,
    copyPublicDir: false,
    target: 'node24',
    minify: false,
    sourcemap: true,
    rolldownOptions: { input, external, output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' } },
  },
});

/** Only the entries that are there. */
const present = (entries: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(entries)
      .map(([name, file]) => [name, at(file)] as const)
      .filter(([, file]) => existsSync(file)),
  );

/** Programs of processes and threads that a host starts. */
const readers = {
  'read-definitions-worker': 'electron/connections/embedded/definitions/read-definitions-worker.ts',
  'read-os-database-worker': 'electron/osinfo/read-os-database-worker.ts',
};
const host = present({ cli: 'electron/cli/main.ts', ...readers });
const main = present({ main: 'electron/main.ts', ...readers });

const environments: Record<string, EnvironmentOptions> = {
  ...(existsSync(at('renderer/index.html'))
    ? { client: { build: { outDir: at('dist/renderer'), emptyOutDir: true, target: chromium, chunkSizeWarningLimit: 2048 } } }
    : {}),
  ...(Object.keys(host).length > 0 ? { host: node('host', host) } : {}),
  ...(Object.keys(main).length > 0 ? { main: node('main', main) } : {}),
  ...(existsSync(at('electron/preload.ts'))
    ? {
        // A sandboxed preload must be one CommonJS file that requires nothing but Electron.
        preload: {
          consumer: 'server',
          resolve: { noExternal: true },
          build: {
            outDir: at('dist/preload'),
            emptyOutDir: true,
            copyPublicDir: false,
            target: chromium,
            minify: false,
            rolldownOptions: {
              input: { preload: at('electron/preload.ts') },
              external: ['electron'],
              output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
            },
          },
        } satisfies EnvironmentOptions,
      }
    : {}),
};

export default defineConfig({
  root: at('renderer'),
  base: './',
  plugins: [react()],
  builder: {
    async buildApp(builder) {
      for (const name of Object.keys(environments)) {
        const environment = builder.environments[name];
        if (environment !== undefined) await builder.build(environment);
      }
    },
  },
  environments,
});
