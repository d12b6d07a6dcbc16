/**
 * `npm run test:prediction`: applies generated changes to live servers and really logs in, before and after: who is
 * refused has to be who was said to be. `-- 15 18` tries these majors only. PORTCULLIS_SEED, PORTCULLIS_ORACLE.
 */
import { runMain, setUp } from './setup.mjs';
import { runTypeScript } from './set-up/typescript.mjs';

await runMain(async () => {
  await setUp({ needs: 'test' });
  const { runAllPredictions } = await runTypeScript('test/oracles/run-prediction.ts');
  return runAllPredictions(process.argv.slice(2));
});
