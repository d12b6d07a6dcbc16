import { describe, expect, test } from 'vitest';
import { matchHba } from '../../../shared/hba/match.ts';
import { lostClients } from '../../../shared/hba/editor/compare.ts';
import { editorGround } from '../../../shared/hba/editor/ground.ts';
import type { EditorGround } from '../../../shared/hba/editor/ground-schema.ts';
import { addRules, moveRow, rewriteRow } from '../../../shared/hba/editor/operations.ts';
import { placeFor } from '../../../shared/hba/editor/placement.ts';
import { plainProblem } from '../../../shared/hba/editor/plain-problem.ts';
import { clientsByLine, readEditor } from '../../../shared/hba/editor/reading.ts';
import { readRows } from '../../../shared/hba/editor/rows.ts';
import * as session from '../../../shared/hba/editor/session.ts';
import { shownLines, shownText } from '../../../shared/hba/editor/shown.ts';
import { whoGetsWhichLine } from '../../../shared/hba/editor/simulate.ts';
import { templateLines, templates } from '../../../shared/hba/editor/templates.ts';
import { remarksOn } from '../../../shared/hba/editor/validate.ts';
import { configurationFile, hardenedFacts, hbaPath, valueOf, withFact } from '../support/facts.ts';
import { role, session as sessionOf } from '../support/builders.ts';

const options = { path: hbaPath, major: 16 };
const base = `# who gets in
local   all   postgres                  peer

# the shop
hostssl shop  app       10.0.0.0/24     scram-sha-256
host    all   all       10.0.0.0/8      md5
`;

function groundOf(text: string, more: Readonly<Record<string, string>> = {}, managed = false): EditorGround {
  const plain = hardenedFacts();
  const others = valueOf(plain, 'configurationFiles').filter((file) => file.role !== 'pg_hba.conf');
  const files = [
    ...others,
    configurationFile('pg_hba.conf', hbaPath, text),
    ...Object.entries(more).map(([path, content]) => configurationFile('include', path, content)),
  ];
  const facts = withFact(
    withFact(
      withFact(withFact(plain, 'configurationFiles', files), 'cluster', {
        ...valueOf(plain, 'cluster'),
        major: 16,
        managedBy: managed ? 'Patroni' : null,
      }),
      'roles',
      [role('app', { verifier: 'md5' }), role('postgres', { superuser: true })],
    ),
    'sessions',
    [sessionOf({ role: 'app', database: 'shop', address: '10.0.0.7', tls: true })],
  );
  const result = editorGround(facts, false);
  if (!result.ok) throw new Error(result.reason);
  return result.ground;
}

describe('the ground', () => {
  test('has the main file, included ones and lists, and no password', () => {
    const folder = '/etc/postgresql/15/main';
    const ground = groundOf(
      'include more.conf\nhost all @names samenet scram-sha-256\nhost all x all ldap ldapserver=a ldapbasedn=b ldapbindpasswd=geheim\n',
      { [`${folder}/more.conf`]: 'local all all peer\n', [`${folder}/names`]: 'app\n' },
    );
    expect(ground.files.map(({ path, kind }) => [path.slice(folder.length + 1), kind])).toEqual([
      ['pg_hba.conf', 'main'],
      ['more.conf', 'included'],
      ['names', 'list'],
    ]);
    expect(ground.files[2]?.readOnly).toContain('list of names');
    expect(JSON.stringify(ground)).not.toContain('geheim');
    const reading = readEditor(ground);
    expect(reading.problems).toEqual([]);
    expect(reading.rules[1]?.users).toMatchObject([{ kind: 'name', text: 'app' }]);
  });

  test('files that Patroni or Ansible write cannot be edited, and say why', () => {
    expect(groundOf(base, {}, true).files[0]?.readOnly).toContain('Patroni writes this file');
    expect(groundOf(`# Ansible managed\n${base}`).files[0]?.readOnly).toContain('Ansible writes this file');
    expect(groundOf(base).files[0]?.readOnly).toBeNull();
  });
});

test('passwords are hidden wherever they stand, and told apart', () => {
  const text = [
    'host all all all ldap ldapserver=x ldapbindpasswd="one two" ldapbasedn=y # ldapbindpasswd = three',
    'host all all all radius "radiussecrets=four,five",six radiusservers=a',
    '## host all all all ldap ldapbindpasswd=one ldapbasedn=y',
  ].join('\n');
  const shown = shownText(shownLines(text, 16));
  expect(shown).not.toMatch(/one|two|three|four|five|six/);
  expect(shown).toMatch(/ldapbindpasswd=\*{8} ldapbasedn=y #/);
  expect(readRows(shown, options)[0]?.rule?.options).toHaveLength(3);
});

describe('operations', () => {
  test('a line takes the comments right above it along', () => {
    const moved = moveRow(base, options, 4, 'up');
    expect(moved).toEqual({
      ok: true,
      index: 1,
      text: `# the shop
hostssl shop  app       10.0.0.0/24     scram-sha-256

# who gets in
local   all   postgres                  peer
host    all   all       10.0.0.0/8      md5
`,
    });
    expect(moveRow(base, options, 5, 'down')).toEqual({ ok: false, reason: 'There is no line below it.' });
  });

  test('typed text may be several lines, and may be wrong: nothing typed is refused', () => {
    const typed = rewriteRow(base, options, 5, 'host all\nnonsense');
    expect(typed.ok && readRows(typed.text, options).map(({ kind }) => kind)).toEqual([
      'comment',
      'rule',
      'blank',
      'comment',
      'rule',
      'error',
      'error',
    ]);
  });
});

describe('who gets which line', () => {
  const ground = groundOf(base);
  test('is what the matcher says, of the file and of what was edited', () => {
    const edited = addRules(
      base,
      options,
      4,
      [
        {
          type: 'hostssl',
          databases: [{ kind: 'all', text: 'all', quoted: false }],
          users: [{ kind: 'name', text: 'app', quoted: false }],
          address: { kind: 'all' },
          method: 'reject',
          options: [],
        },
      ],
      'closed',
    );
    if (!edited.ok) throw new Error(edited.reason);
    const now = readEditor(ground);
    const later = readEditor(ground, { [hbaPath]: edited.text });
    const client = { role: 'app', database: 'shop', address: '10.0.0.7', tls: true, replication: false };
    expect(whoGetsWhichLine(client, ground, now)).toMatchObject({ verdict: 'asked', rule: { line: 5 } });
    expect(whoGetsWhichLine(client, ground, later)).toMatchObject({ verdict: 'refused', rule: { line: 6 } });
    const connection = { ...client, transport: 'tls', replication: false } as const;
    expect(matchHba(later.rules, connection, later.context)).toMatchObject({ rule: { line: 6 } });
    expect(lostClients(ground, now, later).map(({ role: name }) => name)).toEqual(['app']);
    expect(lostClients(ground, now, now)).toEqual([]);
  });

  test('says so when nobody can be told, or no line is there', () => {
    const ask = (parts: object) =>
      whoGetsWhichLine(
        { role: 'bob', database: 'shop', address: '192.0.2.1', tls: false, replication: false, ...parts },
        ground,
        readEditor(ground),
      );
    expect(ask({})).toMatchObject({ rule: null, verdict: 'refused' });
    expect(ask({ address: 'nowhere' })).toMatchObject({ verdict: 'unknown' });
    expect(ask({ address: '10.1.1.1', replication: true })).toMatchObject({ rule: null, verdict: 'refused' });
  });

  test('those who are connected stand at their line', () => {
    const found = clientsByLine(ground, readEditor(ground));
    expect(found.get(`${hbaPath}:5`)).toMatchObject([
      { certain: true, client: { role: 'app', sessionsNow: 1 } },
    ]);
  });
});

describe('remarks', () => {
  const said = (text: string) =>
    remarksOn(groundOf(text), readEditor(groundOf(text))).map(
      ({ line, level, what }) => `${line} ${level}: ${what}`,
    );
  test('tell of what the server refuses in plain words', () => {
    expect(
      said('hosts all all all md5\nhost all all 10.0.0.0/33 md5\nhost all all all\nhost all all all peer\n'),
    ).toEqual([
      '1 error: "hosts" is no type of line.',
      '2 error: "10.0.0.0/33" has a wrong length behind the slash.',
      '3 error: The line ends too early: the method is missing.',
      '4 error: peer works in local lines only.',
    ]);
    expect(plainProblem('something new').what).toBe('The server says: something new.');
  });
  test('and of what is hardly meant so', () => {
    expect(said('host all all 10.0.0.5/24 trust\nhostssl shop nobody 10.0.0.0/25 scram-sha-256\n')).toEqual([
      '1 warning: Whoever comes to this line gets in without a password.',
      '1 note: Clients may come without TLS.',
      '1 note: 10.0.0.5/24 stands for all addresses that begin alike, not for one.',
      '2 warning: Nobody ever comes to this line: line 1 before it takes all of its clients.',
      '2 warning: There is no role "nobody".',
    ]);
    expect(said('hostssl shop app 10.0.0.0/24 scram-sha-256\n')).toEqual([
      '1 warning: The password of "app" is stored for MD5.',
    ]);
  });
});

describe('templates', () => {
  const ground = groundOf(base);
  const place = (id: Parameters<typeof templateLines>[0], answers: object) => {
    const lines = templateLines(id, answers);
    if (!lines.ok || lines.drafts[0] === undefined) throw new Error('no lines');
    return placeFor(ground, { [hbaPath]: base }, hbaPath, lines.drafts[0]);
  };
  test('each is readable by the server, once its questions are answered', () => {
    for (const { id, fields } of templates('postgres')) {
      const answers = Object.fromEntries(
        fields.map(({ name, value }) => [name, value || (name === 'address' ? '10.1.2.3' : 'x y')]),
      );
      const lines = templateLines(id, answers);
      if (!lines.ok) throw new Error(lines.reason);
      const added = addRules('', options, 0, lines.drafts, 'note');
      expect(added.ok && readRows(added.text, options).filter(({ kind }) => kind === 'rule')).toHaveLength(
        lines.drafts.length,
      );
    }
    expect(templateLines('application', { role: 'a', database: 'b', address: '10.1.2' })).toMatchObject({
      ok: true,
    });
    expect(templateLines('application', { role: 'a', database: 'b', address: '10.1.2.3/40' })).toMatchObject({
      ok: false,
      field: 'address',
    });
    expect(templateLines('application', { role: '', database: 'b' })).toMatchObject({
      ok: false,
      field: 'role',
    });
  });
  test('a new line stands where it takes effect, and says why', () => {
    expect(place('application', { role: 'app', database: 'shop', address: '10.9.0.0/16' })).toEqual({
      before: 5,
      words: 'It stands before `host all all 10.0.0.0/8 md5`, which would take its clients otherwise.',
    });
    expect(place('application', { role: 'app', database: 'shop', address: '192.168.0.0/16' })).toEqual({
      before: 6,
      words: 'It stands at the end.',
    });
    // The comment above the line in front of which it goes stays with that line.
    expect(place('administrator', { role: 'postgres' }).before).toBe(0);
  });
});

describe('a session', () => {
  const ground = groundOf(base);
  test('keeps each step until it is taken back', () => {
    let now = session.edit(session.emptySession, ground, hbaPath, 'a');
    now = session.edit(now, ground, hbaPath, 'ab', true);
    now = session.edit(now, ground, hbaPath, 'c');
    expect(session.undo(now, hbaPath).drafts[hbaPath]?.text).toBe('ab');
    expect(session.undo(session.undo(now, hbaPath), hbaPath).drafts[hbaPath]?.text).toBe(base);
    expect(session.redo(session.undo(now, hbaPath), hbaPath)).toEqual(now);
  });
  test('what was typed outlives a new inspection, which tells when the file became another', () => {
    const typed = session.edit(session.emptySession, ground, hbaPath, `${base}# mine\n`);
    const changed = groundOf(`# theirs\n${base}`);
    expect(session.draftState(session.withGround(typed, ground), ground, hbaPath)).toBe('edited');
    const outdated = session.withGround(typed, changed);
    expect(session.draftState(outdated, changed, hbaPath)).toBe('outdated');
    const kept = session.keepMine(outdated, changed, hbaPath);
    expect(session.draftState(kept, changed, hbaPath)).toBe('edited');
    expect(session.textOf(kept, changed, hbaPath)).toBe(`# theirs\n${base}# mine\n`);
    expect(session.textOf(session.takeTheirs(outdated, hbaPath), changed, hbaPath)).toBe(`# theirs\n${base}`);
    // Applied: the file has become what was typed.
    const applied = groundOf(`${base}# mine\n`);
    expect(session.withGround(typed, applied)).toEqual(session.emptySession);
  });
});
