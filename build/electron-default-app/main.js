/**
 * What `electron FOLDER` runs first when the run-time comes from npm, which has no such program of its own.
 * An ES module that awaits the program at its top level: Electron then keeps `ready` back until the program has
 * loaded, and privileged protocols can still be registered.
 */
import { app } from 'electron';
import { existsSync, readFileSync } from 'node:fs';
import { Module, createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

function readArguments(args) {
  const preloaded = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index];
    if (argument === '-r' || argument === '--require') preloaded.push(args[++index]);
    else if (argument.startsWith('--app=')) return { preloaded, folder: argument.slice('--app='.length) };
    else if (!argument.startsWith('-')) return { preloaded, folder: argument };
    else if (argument === '-v' || argument === '--version')
      return { answer: `v${process.versions.electron}` };
    else if (argument === '-a' || argument === '--abi') return { answer: process.versions.modules };
  }
  return { preloaded, folder: undefined };
}

function takeOver(folder) {
  const description = join(folder, 'package.json');
  if (!existsSync(description)) return;
  const { version, productName, name, desktopName } = JSON.parse(readFileSync(description, 'utf8'));
  if (version) app.setVersion(version);
  if (productName ?? name) app.name = productName ?? name;
  if (desktopName) app.setDesktopName(desktopName);
  app.setPath('userData', join(app.getPath('appData'), app.name));
  app.setAppPath(folder);
}

const { preloaded, folder, answer } = readArguments(process.argv.slice(1));
if (answer !== undefined) {
  console.log(answer);
  process.exit(0);
}
if (folder === undefined) {
  console.error('usage: electron [options] FOLDER');
  process.exit(2);
}
process.defaultApp = true;
const require = createRequire(join(process.cwd(), 'here.js'));
for (const name of preloaded) require(name);
try {
  takeOver(resolve(folder));
  await import(pathToFileURL(Module._resolveFilename(resolve(folder), null, true)).toString());
} catch (error) {
  console.error(error);
  process.exit(1);
}
