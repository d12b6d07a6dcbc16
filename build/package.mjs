/**
 * `npm run package`: this system's installers into dist/. `npm run package:dir`: the unpacked program only, which can
 * also be made with the development run-time, to test packaging where Electron itself cannot be downloaded.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runMain, setUp } from './setup.mjs';
import { SetUpError, projectFolder } from './set-up/shell.mjs';

await runMain(async () => {
  const args = process.argv.slice(2);
  const unpackedOnly = args.includes('--dir');
  const { electron } = await setUp({ needs: 'package' });
  if (!electron.official && !unpackedOnly) {
    throw new SetUpError(
      `Only the development run-time (Electron ${electron.version}) is at hand, which must not be shipped. ` +
        'Installers are made where Electron can be downloaded; `npm run package:dir` works here.',
    );
  }
  const builder = join(projectFolder, 'node_modules', 'electron-builder', 'cli.js');
  const runtime = electron.official
    ? []
    : [`-c.electronDist=${electron.folder}`, `-c.electronVersion=${electron.version}`];
  const env = { ...process.env };
  if (existsSync('/usr/bin/7za')) env.ELECTRON_BUILDER_7ZIP_PATH = '/usr/bin/7za';
  const result = spawnSync(process.execPath, [builder, '--publish', 'never', ...runtime, ...args], {
    cwd: projectFolder,
    env,
    stdio: 'inherit',
  });
  return result.status ?? 1;
});
