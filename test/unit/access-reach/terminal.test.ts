import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exposuresOf } from '../../../shared/access/exposure-model.ts';
import { readGround } from '../../../shared/access/ground.ts';
import { lineUses } from '../../../shared/access/line-use.ts';
import { can } from '../../../shared/access/reach.ts';
import { reachAnswer, reachList, reachSchema } from '../../../shared/access/reach-schema.ts';
import type { FactsFile } from '../../../shared/facts/facts.ts';
import { parseCommand } from '../../../main/terminal/arguments.ts';
import { UsageError } from '../../../main/terminal/command.ts';
import { answerText, reachText } from '../../../main/terminal/reach.ts';

const { facts } = JSON.parse(readFileSync('test/golden/facts/bookworm-15-open.json', 'utf8')) as FactsFile;
const ground = readGround(facts);

it('writes JSON by its schema', () => {
  const schema = new Ajv2020({ strict: false }).compile(
    JSON.parse(readFileSync('docs/reach.schema.json', 'utf8')) as object,
  );
  const list = reachList(exposuresOf(ground));
  const question = { address: '10.1.2.3', role: 'app', database: 'shop', tls: null, port: null };
  const answer = reachAnswer(can(ground, question));
  for (const value of [list, answer]) {
    expect(reachSchema.safeParse(value).success).toBe(true);
    expect(schema(value), JSON.stringify(schema.errors)).toBe(true);
  }
  expect(answer).toEqual({
    verdict: 'allowed',
    because: {
      gate: 'hba',
      rule: 'host all all 0.0.0.0/0 md5',
      file: '/etc/postgresql/15/main/pg_hba.conf',
      line: 5,
    },
    method: 'md5',
    transport: 'tcp-plain',
  });
  expect(list.exposures).toContainEqual({
    from: ['0.0.0.0/0'],
    to: { address: '0.0.0.0', port: 5432 },
    redirectedTo: null,
    database: 'shop',
    role: 'app',
    method: 'md5',
    transport: 'tcp-plain',
    firewallRule: null,
    hba: { file: '/etc/postgresql/15/main/pg_hba.conf', line: 5 },
    certainty: 'certain',
  });
});

it('shows what is open to everyone first, and the lines that nothing comes to', () => {
  const text = reachText(exposuresOf(ground));
  expect(text.indexOf('Open to everyone')).toBe(0);
  expect(text).toMatch(/0\.0\.0\.0\/0 +0\.0\.0\.0:5432 .*md5/);
  expect(text).toContain('Lines that nothing comes to: 6');
  expect(
    answerText(can(ground, { address: 'local', role: 'app', database: 'shop', tls: null, port: null })),
  ).toContain('allowed, by pg_hba.conf (trust, Unix socket)');
});

it('counts who uses which line', () => {
  const { known, lines } = lineUses(ground);
  expect(known).toBe(true);
  expect(lines.find(({ place }) => place.line === 2)?.logins).toBeGreaterThan(0);
  expect(lines.find(({ place }) => place.line === 6)?.logins).toBe(0);
});

it('reads the words of reach', () => {
  expect(parseCommand(['reach', '--facts', 'f.json', '--from', '10.1.2.0/24', '--tls', 'no'])).toMatchObject({
    name: 'reach',
    from: { family: 'ipv4', prefix: 24 },
    tls: false,
    role: null,
    format: 'text',
  });
  expect(parseCommand(['reach', 'local', '--from', 'local'])).toMatchObject({ from: 'local' });
  for (const words of [
    ['--from', 'db.example.com'],
    ['--port', '0'],
    ['--tls', 'perhaps'],
  ])
    expect(() => parseCommand(['reach', 'local', ...words])).toThrow(UsageError);
});
