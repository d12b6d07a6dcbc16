/**
 * `npm run test:faults`: applies every kind of operation to real hosts and breaks it in every way at every step; prints
 * the matrix. `-- --help` tells how to run a part of it. Needs root and what the test hosts need, and no window.
 */
import { join } from 'node:path';
import { runMain } from './setup.mjs';
import { installDebianPackages } from './set-up/debian-packages.mjs';
import { installNodeModules } from './set-up/node-modules.mjs';
import { projectFolder, withLock } from './set-up/shell.mjs';
import { runTypeScript } from './set-up/typescript.mjs';

await runMain(async () => {
  const say = (line) => process.stderr.write(`${line}\n`);
  await installDebianPackages(['test'], say);
  await withLock(join(projectFolder, 'out', '.set-up.lock'), () => installNodeModules(say));
  const { runFaults } = await runTypeScript('test/faults/run.ts');
  return runFaults(process.argv.slice(2));
});
