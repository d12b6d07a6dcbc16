/** `npm start`: readies the checkout, then opens the window; without a display, shows what the terminal can do. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runMain, setUp } from './setup.mjs';
import { isRoot, projectFolder } from './set-up/shell.mjs';

function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Runs a program in this terminal; resolves with its exit code. */
function run(command, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: projectFolder, env, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

function openWindow(electron) {
  // Chromium's own sandbox refuses to start as root.
  const asRoot = isRoot ? ['--no-sandbox'] : [];
  return run(electron.executable, [...asRoot, '.', ...process.argv.slice(2)], {
    ...process.env,
    ELECTRON_OVERRIDE_DIST_PATH: electron.folder,
  });
}

async function showInTerminal(electron) {
  const report = join(projectFolder, 'out', 'practice-report.html');
  console.log(
    'There is no display, so the window cannot open here. Instead the practice server is scanned in this',
  );
  console.log('terminal and its report is written to a file.\n');
  const env = { ...process.env, PORTCULLIS_ELECTRON: electron.executable };
  const terminal = join(projectFolder, 'out', 'main', 'cli.js');
  const text = await run(
    process.execPath,
    [terminal, 'scan', 'practice', '--format', 'html', '--out', report],
    env,
  );
  if (text !== 0) return text;
  console.log(`\nReport: ${report}`);
  console.log('More in the terminal: npm run --silent portcullis -- --help');
  console.log('To get the window: `ssh -X` from a machine with a display, then `npm start`;');
  console.log('or, to draw it unseen: `xvfb-run -a npm start` (Debian packages xvfb and xauth).');
  return 0;
}

await runMain(async () => {
  const { electron } = await setUp({ needs: 'start' });
  return hasDisplay() ? openWindow(electron) : showInTerminal(electron);
});
