/** `npm run docs`: writes docs/checks, the JSON Schemas and the golden reports anew, and says what changed. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runMain } from './setup.mjs';
import { installNodeModules } from './set-up/node-modules.mjs';
import { projectFolder } from './set-up/shell.mjs';
import { runTypeScript } from './set-up/typescript.mjs';

await runMain(async () => {
  await installNodeModules((line) => process.stderr.write(`${line}\n`));
  const { generatedFiles, generatedFolders } = await runTypeScript('build/docs/all.ts');
  const files = await generatedFiles(projectFolder);
  let changes = 0;
  const change = (what, path) => {
    changes += 1;
    console.log(`${what} ${path}`);
  };
  for (const { path, text } of files) {
    const place = join(projectFolder, path);
    if (existsSync(place) && readFileSync(place, 'utf8') === text) continue;
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
    change('Wrote', path);
  }
  for (const folder of generatedFolders) {
    for (const name of readdirSync(join(projectFolder, folder))) {
      const path = `${folder}/${name}`;
      if (files.some((file) => file.path === path)) continue;
      rmSync(join(projectFolder, path));
      change('Removed', path);
    }
  }
  console.log(changes === 0 ? 'All generated files are current.' : `${changes} changed.`);
  return 0;
});
