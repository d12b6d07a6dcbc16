import fc from 'fast-check';
import { expect, it } from 'vitest';
import { collectors } from '../../../main/collect/collectors/index.ts';
import type { Frame } from '../../../main/collect/define-collector.ts';
import { parseFrames, parsePlainFrames } from '../../../main/collect/parse-frames.ts';
import { probeName, readFacts } from '../../../main/collect/read-facts.ts';
import { rowsOf } from '../../../main/collect/run-sql.ts';
import { parseClusters } from '../../../main/postgres/parse-clusters.ts';
import { collected } from '../../../shared/facts/fact.ts';
import { factSetSchema } from '../../../shared/facts/facts.ts';

const word = fc.constantFrom(
  '== status\n',
  '== ciphers\n',
  '== nft-json\n',
  '== scan\n',
  '== logins 1\n',
  '== directory\n',
  '== files\n',
  '== destination\n',
  's\tregular file\t644\troot\troot\t1\t1\t/x\n',
  'p\t/x\n',
  'read\t1\t1\t/x\n',
  'a\t1\t1\n',
  'LISTEN 0 0 *:1 *:*\n',
  '{"a":1}\n',
  '\u0000',
  '\u001b[31m',
  '\n',
  '\t',
  ' ',
  '=',
  ':',
  "'",
  '-1',
  'yes',
  '__proto__',
  'port x\n',
  'Ä',
);
const text = fc.oneof(
  fc.string(),
  fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
);
const json = fc.oneof(fc.json(), fc.constant('[]'), fc.constant('[{}]'), fc.constant('[null, 1, "x"]'), text);

it('never breaks on what a host prints: each fact stays within its schema', () => {
  const frame = fc.record({
    label: fc.constantFrom('', 'status', 'pg_hba.conf\t/x', 'include\t/y'),
    exitCode: fc.constantFrom(0, 0, 0, 1, 77, 78, 124, -1),
    bytes: text.map((value) => Buffer.from(value)),
    stderr: text,
    truncated: fc.boolean(),
  });
  const own = { label: '', exitCode: 0, stderr: '', truncated: false };
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 4 }),
      text,
      json,
      fc.boolean(),
      (frames, body, answer, practice) => {
        const list: Frame[] = [{ ...own, bytes: Buffer.from(body) }, ...frames];
        const names = collectors.flatMap((one) =>
          Object.entries(one.probes).map(([name, probe]) => ({ name: probeName(one, name), probe })),
        );
        const sql = new Map(
          names.flatMap(({ name, probe }) =>
            probe.kind === 'sql' ? [[name, rowsOf(probe, answer)] as const] : [],
          ),
        );
        const facts = readFacts(
          collectors,
          {
            shell: new Map(names.map(({ name }) => [name, list])),
            shellRefusal: () => null,
            sql,
            databases: new Map([['shop', sql]]),
            rights: { root: false, whyNotRoot: 'no' },
          },
          {
            host: { kind: practice ? 'practice' : 'ssh', loginUser: 'x', privilege: 'none' },
            cluster: parseClusters('cluster\ndata=/d\nport=1\nend\n')[0] ?? null,
            ranAsRoot: false,
            settings: new Map([['log_line_prefix', body]]),
            skippedDatabases: [],
            connection: 'socket',
            noSession: null,
          },
        );
        const cluster = {
          clusters: collected([]),
          cluster: collected(parseClusters('cluster\ndata=/d\nport=1\nend\n')[0]),
        };
        expect(factSetSchema.safeParse({ ...facts, ...cluster }).success).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

it('finds no frame that the script did not print', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
      expect(parseFrames(Buffer.from(noise), 'PC0123456789abcdef')).toBeNull();
      expect(parsePlainFrames(Buffer.from(noise), 'PC0123456789abcdef').size).toBe(0);
    }),
  );
});
