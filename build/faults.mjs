/**
 * `npm run test:faults`: applies every kind of operation to real hosts and breaks it in every way at every step; prints
 * the matrix. `-- --help` tells how to run a part of it. Needs root and what the test hosts need.
 */
import { runMain, setUp } from './setup.mjs';
import { runTypeScript } from './set-up/typescript.mjs';

await runMain(async () => {
  await setUp({ needs: 'test' });
  const { runFaults } = await runTypeScript('test/faults/run.ts');
  return runFaults(process.argv.slice(2));
});
