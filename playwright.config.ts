import { defineConfig } from '@playwright/test';
import { findChromium } from './scripts/lib/chromium.mjs';
import { whyNoElectron } from './scripts/lib/electron-binary.mjs';

/**
 * The specs run on each host: `browser` drives the built browser host with the system's Chromium, `electron` the built
 * desktop app. A project that can't run here says why on each of its tests, which then count as skipped.
 */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  // Real machines boot in the specs: one at a time is what two cores carry.
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0,
  // How long anything takes says nothing about it on a busy machine; these only end what would never end.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['./scripts/testing/playwright-reporter.ts']],
  use: {
    viewport: { width: 1280, height: 800 },
    // A trace pictures every frame, also of what succeeds: half of the processor time of a run. Asked for where a failure has to be understood.
    trace: process.env['TAPESTRY_TRACE'] === undefined ? 'off' : 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: findChromium() ?? '/nonexistent/chromium',
      // Chromium's sandbox refuses root, as which containers run; only this test browser goes without it.
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    },
  },
  projects: [
    { name: 'browser', metadata: { unavailable: findChromium() === undefined ? 'no Chromium that a test can drive is installed' : '' } },
    { name: 'electron', metadata: { unavailable: whyNoElectron() ?? '' } },
  ],
});
