import { describe, expect, test } from 'vitest';
import { runPrediction } from '../../oracles/prediction.ts';
import { embeddedMajors } from '../../servers/embedded.ts';

/** A short run of `npm run test:prediction`, on the oldest and the newest major that are here. */
const majors = embeddedMajors();
const tried = [...new Set([majors[0], majors.at(-1)])].filter((major) => major !== undefined);

describe.each(tried)('who would be cut off on PostgreSQL %i', (major) => {
  test('is who really cannot log in any more', async () => {
    const counts = await runPrediction(major, { seed: 3, files: 6, changes: 2, clients: 12, restarts: 1 });
    console.log(`PostgreSQL ${major}: ${counts.cases} cases`, JSON.stringify({ ...counts, differences: [] }));
    expect(counts.differences).toEqual([]);
    expect(counts.cases).toBeGreaterThan(100);
    expect(counts.refused).toBeGreaterThan(5);
    expect(counts.stillIn).toBeGreaterThan(5);
  });
});
