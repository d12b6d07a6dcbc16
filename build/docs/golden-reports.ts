import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checks } from '../../shared/checks/registry.ts';
import { factsFileSchema } from '../../shared/facts/facts.ts';
import { fixes } from '../../shared/fixes/registry.ts';
import { profiles } from '../../shared/profiles/registry.ts';
import { buildReport } from '../../shared/report/build-report.ts';
import type { GeneratedFile } from './generated-file.ts';

const factsFolder = 'test/golden/facts';

/** The reports of the recorded hosts, in each profile: a change of a check shows in them. */
export function goldenReports(projectFolder: string): readonly GeneratedFile[] {
  return readdirSync(join(projectFolder, factsFolder))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      const text = readFileSync(join(projectFolder, factsFolder, name), 'utf8');
      const file = factsFileSchema.parse(JSON.parse(text));
      return profiles.map((profile) => {
        const report = buildReport(file, { checks, fixes, profile, waivers: [] }, '0.0.0');
        return {
          path: `test/golden/reports/${name.replace(/\.json$/, '')}.${profile.id}.json`,
          text: `${JSON.stringify(report, null, 1)}\n`,
        };
      });
    });
}
