import { defineConfig } from '@playwright/test';

/** The window's tests: each launches the built program (out/), with a data folder of its own. */
export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results/e2e',
  timeout: 180_000,
  expect: { timeout: 15_000 },
  // The program holds a single-instance lock per data folder, and two cores draw one window smoothly, not several.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env['CI']),
  use: { trace: 'retain-on-failure' },
});
