import { spawnSync } from 'node:child_process';
import { capture, projectFolder } from './shell.mjs';

/** Marks the second start, on the virtual screen. */
const mark = 'PORTCULLIS_ON_VIRTUAL_SCREEN';

/**
 * Runs a script of the project again on a screen of its own, where there is xvfb: no window pops up, and its size is
 * always the same.
 * @param {string} script from the project's top folder
 * @returns {number | undefined} the exit code of the second start; undefined when the caller itself has to do the work
 */
export function onVirtualScreen(script) {
  const isThere = process.platform === 'linux' && capture('sh', ['-c', 'command -v xvfb-run']).status === 0;
  if (!isThere || process.env[mark]) return undefined;
  const screen = ['-a', '-s', '-screen 0 1600x1000x24 -nolisten tcp'];
  const again = spawnSync('xvfb-run', [...screen, process.execPath, script], {
    cwd: projectFolder,
    env: { ...process.env, [mark]: '1' },
    stdio: 'inherit',
  });
  return again.status ?? 1;
}
