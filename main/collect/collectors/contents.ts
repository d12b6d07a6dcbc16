import type { DatabaseContent } from '../../../shared/facts/catalog.ts';
import { databaseContentSchema } from '../../../shared/facts/catalog.ts';
import { collected } from '../../../shared/facts/fact.ts';
import type { Fact } from '../../../shared/facts/fact.ts';
import { databaseSql, defineCollector } from '../define-collector.ts';
import type { SqlRows } from '../define-collector.ts';
import * as sql from './contents-sql.ts';
import { passwordColumnList, passwordColumnSample, passwordColumnsOf } from './password-columns.ts';

/** What each database holds: one session a database, all statements at once. */
export const contentsCollector = defineCollector({
  subject: 'contents',
  facts: ['contents', 'skippedDatabases'],
  probes: {
    schemas: databaseSql(sql.schemas),
    publicRelations: databaseSql(sql.publicRelations),
    rlsTables: databaseSql(sql.rlsTables),
    policies: databaseSql(sql.policies),
    rlsViews: databaseSql(sql.rlsViews),
    definerFunctions: databaseSql(sql.definerFunctions),
    extensions: databaseSql(sql.extensions),
    languages: databaseSql(sql.languages),
    passwordColumns: databaseSql(passwordColumnList),
    passwordSamples: databaseSql(passwordColumnSample),
  },
  read(outputs, context) {
    if (context.noSession !== null)
      return { contents: context.noSession, skippedDatabases: context.noSession };
    const contents: DatabaseContent[] = [];
    const skipped = [...context.skippedDatabases];
    for (const database of outputs.schemas.keys()) {
      const of = (probe: keyof typeof outputs): Fact<SqlRows> | undefined => outputs[probe].get(database);
      const parts = {
        schemas: of('schemas'),
        publicRelations: of('publicRelations'),
        rlsTables: of('rlsTables'),
        policies: of('policies'),
        rlsViews: of('rlsViews'),
        definerFunctions: of('definerFunctions'),
        extensions: of('extensions'),
        languages: of('languages'),
        passwordColumns: of('passwordColumns'),
      };
      const broken = Object.entries(parts).find(([, part]) => part?.state !== 'collected');
      if (broken !== undefined) {
        const reason = broken[1] === undefined || broken[1].state === 'collected' ? '' : broken[1].reason;
        skipped.push({ database, reason: `${broken[0]}: ${reason}` });
        continue;
      }
      const rows = (part: Fact<SqlRows> | undefined) => (part?.state === 'collected' ? part.value : []);
      const content = databaseContentSchema.safeParse({
        database,
        ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, rows(part)])),
        languages: rows(parts.languages).map((row) => row['name']),
        passwordColumns: passwordColumnsOf(rows(parts.passwordColumns), of('passwordSamples')),
      });
      if (content.success) contents.push(content.data);
      else skipped.push({ database, reason: `unexpected output: ${content.error.issues[0]?.message ?? ''}` });
    }
    return { contents: collected(contents), skippedDatabases: collected(skipped) };
  },
});
