import { join } from 'node:path';
import { projectFolder } from './shell.mjs';

/**
 * Runs a TypeScript module of the project and gives what it exports. Needs node_modules.
 * @param {string} path from the project's top folder
 */
export async function runTypeScript(path) {
  const { runnerImport } = await import('vite');
  const { module } = await runnerImport(join(projectFolder, path), {
    root: projectFolder,
    configFile: false,
    logLevel: 'error',
  });
  return module;
}
