import { embeddedMajors } from '../servers/embedded.ts';
import { fetchMajors } from '../servers/fetch-majors.ts';
import { runPrediction } from './prediction.ts';

/**
 * The whole prediction oracle: every major that can be started, or those given (`15 18`). PORTCULLIS_SEED chooses
 * other cases, PORTCULLIS_ORACLE=3 three times as many. Prints the counts; gives 1 when anything differs.
 */
export async function runAllPredictions(majors: readonly string[]): Promise<number> {
  await fetchMajors();
  const seed = Number(process.env['PORTCULLIS_SEED'] ?? 1);
  const factor = Number(process.env['PORTCULLIS_ORACLE'] ?? 1);
  const wanted = majors.length > 0 ? majors.map(Number) : embeddedMajors();
  let [cases, differences] = [0, 0];
  for (const major of wanted) {
    const started = Date.now();
    const size = { seed, files: 30 * factor, changes: 2, clients: 12, restarts: 5 };
    const counts = await runPrediction(major, size);
    cases += counts.cases;
    differences += counts.differences.length;
    const { refused, stillIn, refusedBefore, possible, byGate } = counts;
    console.log(
      `PostgreSQL ${major}, seed ${seed}: ${counts.cases} cases in ${Math.round((Date.now() - started) / 1000)} s: ` +
        `${refused} refused by the change (${JSON.stringify(byGate)}), ${stillIn} still in, ${refusedBefore} refused before, ` +
        `${possible} only possible, ${counts.differences.length} different`,
    );
    counts.differences.slice(0, 5).forEach((text) => console.log(text));
  }
  console.log(`${cases} cases, ${differences} different`);
  return differences === 0 ? 0 : 1;
}
