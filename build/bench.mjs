/**
 * `npm run bench`: how long a scan takes and how many round trips it costs, near and far, and how long it takes until
 * the window can be used. Prints a table; nothing is asserted.
 */
import { spawnSync } from 'node:child_process';
import { runMain, setUp } from './setup.mjs';
import { capture, projectFolder } from './set-up/shell.mjs';
import { runTypeScript } from './set-up/typescript.mjs';

/** Marks the second start, on the virtual screen. */
const onScreen = 'PORTCULLIS_BENCH_ON_SCREEN';

await runMain(async () => {
  const { electron } = await setUp({ needs: 'test' });
  process.env.PORTCULLIS_ELECTRON = electron.executable;
  process.env.ELECTRON_OVERRIDE_DIST_PATH = electron.folder;
  const hasVirtualScreen = capture('sh', ['-c', 'command -v xvfb-run']).status === 0;
  if (hasVirtualScreen && !process.env[onScreen]) {
    const screen = ['-a', '-s', '-screen 0 1600x1000x24 -nolisten tcp'];
    const again = spawnSync('xvfb-run', [...screen, process.execPath, 'build/bench.mjs'], {
      cwd: projectFolder,
      env: { ...process.env, [onScreen]: '1' },
      stdio: 'inherit',
    });
    return again.status ?? 1;
  }
  console.log(`Node ${process.versions.node}, Electron ${electron.version}`);
  const { runBench } = await runTypeScript('test/bench/run.ts');
  await runBench();
  return 0;
});
