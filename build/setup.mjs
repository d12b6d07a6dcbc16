/**
 * Readies a fresh checkout: `node build/setup.mjs [start|terminal|test|package]…`. Needs nothing but Node itself,
 * does only what is still to be done, and is what `npm start`, `npm test` and the terminal program begin with.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile } from './set-up/compile.mjs';
import { installDebianPackages } from './set-up/debian-packages.mjs';
import { installElectron } from './set-up/electron-runtime.mjs';
import { installNodeModules } from './set-up/node-modules.mjs';
import { SetUpError, projectFolder, withLock } from './set-up/shell.mjs';

/** What each way of starting needs besides npm packages and the build. */
const needs = {
  start: { debian: ['electron'], electron: true },
  terminal: { debian: [], electron: false },
  'terminal-pdf': { debian: ['electron', 'display'], electron: true },
  test: { debian: ['electron', 'display', 'test'], electron: true },
  package: { debian: ['electron', 'package'], electron: true },
};

/**
 * @param {object} wanted
 * @param {keyof typeof needs} wanted.needs
 * @param {(line: string) => void} [wanted.say] told what is being done; nothing is said when nothing is to be done
 * @returns {Promise<{electron?: {folder: string, executable: string, version: string, official: boolean},
 *   missingPackages: readonly string[]}>}
 * @throws {SetUpError} with a message for the person
 */
export async function setUp({ needs: name, say = (line) => process.stderr.write(`${line}\n`) }) {
  const wanted = needs[name];
  if (!wanted) throw new SetUpError(`Unknown need '${name}'; one of ${Object.keys(needs).join(', ')}.`);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetUpError(`Node ${process.versions.node} is too old: 20.19 or newer is needed.`);
  }
  const missingPackages = await installDebianPackages(wanted.debian, say);
  const electron = await withLock(join(projectFolder, 'out', '.set-up.lock'), async () => {
    await installNodeModules(say);
    const runtime = wanted.electron ? await installElectron(say) : undefined;
    await compile(say);
    return runtime;
  });
  return { electron, missingPackages };
}

/** Runs a command's main function; what a person can act on is shown without a stack. */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${error instanceof SetUpError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runMain(async () => {
    const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['start'];
    for (const name of wanted) await setUp({ needs: name });
    return 0;
  });
}
