import os from 'node:os';
import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const at = (file: string) => path.join(import.meta.dirname, file);

/** The shell's tests boot the real main process on a typed double: importing the real package would start a download. */
const alias = { electron: at('electron/testing/electron-double.ts') };

/** A worker for each processor: vitest's own count leaves one idle, and these wait for nothing else. */
const maxWorkers = os.availableParallelism();

const everywhere = ['shared', 'electron', 'net-helper', 'serial-recorder', 'scripts', 'packaging', 'bench'];
const exclude = ['**/node_modules/**', 'dist/**', 'build/**', '.tsbuild/**', 'e2e/**'];

export default defineConfig({
  test: {
    reporters: [['default', { summary: false }], at('scripts/testing/skip-reporter.ts')],
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          environment: 'node',
          include: [...everywhere.map((folder) => `${folder}/**/*.test.ts`), 'renderer/**/*.unit.test.ts'],
          exclude: [...exclude, '**/*.integration.test.ts'],
          maxWorkers,
          // How long a test may take says nothing about it on a busy machine; this only ends one that hangs.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [react()],
        test: {
          name: 'renderer',
          environment: 'jsdom',
          include: ['renderer/**/*.test.ts', 'renderer/**/*.test.tsx'],
          exclude: [...exclude, 'renderer/**/*.unit.test.ts'],
          maxWorkers,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          environment: 'node',
          include: everywhere.map((folder) => `${folder}/**/*.integration.test.ts`),
          exclude,
          // Real processes and emulated boots: two at a time is what two cores carry.
          maxWorkers: 2,
          // Hosts, commands and cases in namespaces are processes of their own, which read the sources: most of their time went into that.
          env: { NODE_COMPILE_CACHE: at('build/test-compiled') },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
