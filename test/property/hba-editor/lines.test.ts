import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EditorGround } from '../../../shared/hba/editor/ground-schema.ts';
import { addRules } from '../../../shared/hba/editor/operations.ts';
import { placeFor } from '../../../shared/hba/editor/placement.ts';
import { readEditor } from '../../../shared/hba/editor/reading.ts';
import { readRows } from '../../../shared/hba/editor/rows.ts';
import { simulatedConnection, whoGetsWhichLine } from '../../../shared/hba/editor/simulate.ts';
import { templateLines } from '../../../shared/hba/editor/templates.ts';
import { matchHba, transportsOf } from '../../../shared/hba/match.ts';
import { reachOf } from '../../../shared/hba/reach.ts';

const pick = (...words: readonly string[]) => fc.constantFrom(...words);
const list = (...words: readonly string[]) =>
  fc.array(pick(...words), { minLength: 1, maxLength: 2 }).map((all) => all.join(','));
const rule = fc
  .tuple(
    pick('host', 'hostssl', 'hostnossl'),
    list('all', 'shop', 'sameuser', 'replication', '/^s'),
    list('all', 'app', '+staff', 'report', '/p$'),
    pick('all', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', 'samehost', 'db.example.org'),
    pick('md5', 'reject', 'scram-sha-256'),
  )
  .map((parts) => parts.join(' '));
const other = pick('# a comment', '', '# host all all all md5', 'local all all peer', 'include more.conf');
const text = fc
  .array(fc.oneof({ weight: 4, arbitrary: rule }, other), { maxLength: 8 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''));

const path = '/etc/pg_hba.conf';
const groundOf = (main: string, more: string): EditorGround => ({
  major: 17,
  files: [
    { path, kind: 'main', text: main, sha256: '', readOnly: null },
    { path: '/etc/more.conf', kind: 'included', text: more, sha256: '', readOnly: null },
  ],
  ssl: true,
  roles: null,
  memberships: [['staff', 'app']],
  databases: null,
  hostNetworks: ['10.1.0.9/16'],
  clients: [],
  loginsSince: null,
  clientsKnown: true,
  owner: 'postgres',
  note: null,
});

test('the simulator names the line that the matcher finds', () => {
  fc.assert(
    fc.property(
      text,
      text.filter((more) => !more.includes('include')),
      pick('app', 'report', 'staff', 'eve'),
      pick('shop', 'app', 'postgres'),
      pick('10.1.2.3', '10.9.9.9', '192.0.2.1', 'local'),
      fc.boolean(),
      fc.boolean(),
      (main, more, role, database, address, tls, replication) => {
        const ground = groundOf(main, more);
        const reading = readEditor(ground);
        const client = { role, database, address, tls, replication };
        const connection = simulatedConnection(client);
        if (connection === null) throw new Error('no connection');
        const match = matchHba(reading.rules, connection, reading.context);
        const answer = whoGetsWhichLine(client, ground, reading);
        expect(answer.rule).toEqual(match.outcome === 'none' ? null : match.rule);
        if (match.outcome !== 'unknown')
          expect(answer.verdict === 'refused').toBe(
            match.outcome === 'none' || match.rule.method === 'reject',
          );
      },
    ),
    { numRuns: 300 },
  );
});

test('a new line put where it is said to take effect does, and one place further down it would not', () => {
  fc.assert(
    fc.property(
      text,
      text.filter((more) => !more.includes('include')),
      pick('10.1.2.0/24', '10.0.0.0/8', '172.16.0.0/12'),
      (main, more, address) => {
        const ground = groundOf(main, more);
        const lines = templateLines('application', { role: 'app', database: 'shop', address });
        const draft = lines.ok ? lines.drafts[0] : undefined;
        if (draft === undefined) throw new Error('no lines');
        const options = { path, major: 17 };
        const reachAt = (before: number) => {
          const added = addRules(main, options, before, [draft], '');
          if (!added.ok) throw new Error(added.reason);
          const { rules, context } = readEditor(ground, { [path]: added.text });
          const line = readRows(added.text, options)[added.index]?.line;
          const fresh = rules.find((one) => one.file === path && one.line === line);
          if (fresh === undefined) throw new Error('not read');
          return reachOf(rules, fresh, context).transports.length === transportsOf(fresh.type).length;
        };
        const { before } = placeFor(ground, { [path]: main }, path, draft);
        expect(reachAt(before)).toBe(true);
        const rows = readRows(main, options);
        const next = rows.find(
          ({ index, kind }) => index >= before && !['comment', 'off', 'blank'].includes(kind),
        );
        if (next !== undefined) expect(reachAt(next.index + 1)).toBe(false);
      },
    ),
    { numRuns: 200 },
  );
});
