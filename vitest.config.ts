import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/integration/order.ts';

const node = { environment: 'node' as const, pool: 'threads' as const };

/** The three kinds of test that Vitest runs; the window's tests are Playwright's (playwright.config.ts). */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['test/{unit,property,meta}/**/*.test.{ts,tsx}'],
          setupFiles: ['test/property/seed.ts'],
          // The modules are pure: loading them once for all files halves the time.
          isolate: false,
          // Vitest would leave one core free.
          maxWorkers: '100%',
          // Only ends what hangs: no test depends on how fast the machine is.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...node,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/hosts/global-setup.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Each file has hosts of its own, and mostly waits for them.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
