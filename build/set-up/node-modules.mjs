import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand, projectFolder, runQuietly } from './shell.mjs';

function packagesOf(...path) {
  try {
    return JSON.parse(readFileSync(join(projectFolder, ...path), 'utf8')).packages ?? {};
  } catch {
    return undefined;
  }
}

/**
 * What is installed is compared with what the lock file asks for, package by package, by the list that npm itself
 * writes as its last step: an install that was cut short has none, and a file's date says little after `git clone`.
 * @param {Record<string, {version?: string, optional?: boolean}> | undefined} wanted of package-lock.json
 * @param {Record<string, {version?: string}> | undefined} installed of node_modules/.package-lock.json
 * @returns {boolean} true when nothing is missing, too much, or of another version
 */
export function isCurrent(wanted, installed) {
  if (!wanted || !installed) return false;
  const isMet = ([path, entry]) =>
    path === '' || (installed[path] ? installed[path].version === entry.version : entry.optional === true);
  return Object.entries(wanted).every(isMet) && Object.keys(installed).every((path) => path in wanted);
}

/** `npm ci` when node_modules does not match the lock file. */
export async function installNodeModules(say) {
  if (isCurrent(packagesOf('package-lock.json'), packagesOf('node_modules', '.package-lock.json'))) return;
  say('Installing the npm packages of package-lock.json…');
  const [command, args] = npmCommand(
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--include=optional',
  );
  await runQuietly(command, args, { timeoutMs: 900_000, env: withoutNpmSettings() });
}

/** Inside `npm start` npm hands its own settings down as variables; `--silent` and the like must not leak in. */
function withoutNpmSettings() {
  const inherited = [
    'npm_config_loglevel',
    'npm_config_dry_run',
    'npm_config_omit',
    'npm_config_include',
    'NODE_ENV',
  ];
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.includes(name)));
}
