import { format } from 'prettier';
import { z } from 'zod';
import { reachSchema } from '../../shared/access/reach-schema.ts';
import { factsFileSchema } from '../../shared/facts/facts.ts';
import { runsFileSchema } from '../../shared/history/runs-file.ts';
import { reportSchema } from '../../shared/report/model.ts';
import type { GeneratedFile } from './generated-file.ts';

/** JSON Schema, draft 2020-12. Further fields are allowed: they do not raise the version of the format. */
async function schemaFile(path: string, title: string, schema: z.ZodType): Promise<GeneratedFile> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
  const text = JSON.stringify({ $schema, title, ...rest });
  return { path, text: await format(text, { parser: 'json', printWidth: 110 }) };
}

/** What `scan --format json`, `scan --facts-out`, `runs --export` and `reach --format json` write. */
export async function schemas(): Promise<readonly GeneratedFile[]> {
  return [
    await schemaFile('docs/report.schema.json', 'Report of Portcullis', reportSchema),
    await schemaFile('docs/reach.schema.json', 'What reach --format json writes', reachSchema),
    await schemaFile('docs/runs.schema.json', 'Runs exported by Portcullis', runsFileSchema),
    await schemaFile('docs/facts.schema.json', 'Facts file of Portcullis', factsFileSchema),
  ];
}
