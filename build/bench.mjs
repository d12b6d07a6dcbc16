/**
 * `npm run bench`: how long a scan takes and how many round trips it costs, near and far, and how long it takes until
 * the window can be used. Prints a table; nothing is asserted.
 */
import { runMain, setUp } from './setup.mjs';
import { runTypeScript } from './set-up/typescript.mjs';
import { onVirtualScreen } from './set-up/virtual-screen.mjs';

await runMain(async () => {
  const { electron } = await setUp({ needs: 'test' });
  process.env.PORTCULLIS_ELECTRON = electron.executable;
  process.env.ELECTRON_OVERRIDE_DIST_PATH = electron.folder;
  const ended = onVirtualScreen('build/bench.mjs');
  if (ended !== undefined) return ended;
  console.log(`Node ${process.versions.node}, Electron ${electron.version}`);
  const { runBench } = await runTypeScript('test/bench/run.ts');
  await runBench();
  return 0;
});
