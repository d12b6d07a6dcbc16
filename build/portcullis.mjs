/**
 * The terminal program from a checkout: `npm run --silent portcullis -- scan practice`. Standard output belongs to
 * the program alone, so that its JSON can be piped; set-up speaks on standard error, and only when it has work.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runMain, setUp } from './setup.mjs';
import { projectFolder } from './set-up/shell.mjs';

/** A PDF is drawn by Electron, hidden; all else needs Node only. */
function wantsPdf(args) {
  return args.some(
    (argument) => argument === 'pdf' || argument.endsWith('=pdf') || argument.endsWith('.pdf'),
  );
}

await runMain(async () => {
  const args = process.argv.slice(2);
  const { electron } = await setUp({ needs: wantsPdf(args) ? 'terminal-pdf' : 'terminal' });
  const env = electron ? { ...process.env, PORTCULLIS_ELECTRON: electron.executable } : process.env;
  // npm changes into the project's folder; paths in the arguments are meant from where the person stands.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const child = spawn(process.execPath, [join(projectFolder, 'out', 'main', 'cli.js'), ...args], {
    cwd,
    env,
    stdio: 'inherit',
  });
  // The terminal sends Ctrl+C to the program too, which ends in its own time; only other signals are handed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
});
