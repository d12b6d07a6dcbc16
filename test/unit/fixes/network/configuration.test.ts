import { describe, expect, test } from 'vitest';
import { networkChecks } from '../../../../shared/checks/network/index.ts';
import { parseConfig } from '../../../../shared/config/parse.ts';
import type { FileSetting } from '../../../../shared/facts/cluster.ts';
import type { FactSet } from '../../../../shared/facts/facts.ts';
import type { Answers, Choice } from '../../../../shared/fixes/define-fix.ts';
import { disableBrokenSettings } from '../../../../shared/fixes/network/config-errors.ts';
import { oneLinePerSetting } from '../../../../shared/fixes/network/config-overrides.ts';
import { bonjourOff, commonRoleNames } from '../../../../shared/fixes/network/tcp-settings.ts';
import type { TriedFix } from '../../support/fixes.ts';
import { afterOperations, operationsOf, tryFix } from '../../support/fixes.ts';
import {
  configPath,
  configurationFile,
  hardenedFacts,
  judge,
  valueOf,
  withFact,
  withPart,
  withSettings,
} from '../../support/facts.ts';

const autoPath = '/var/lib/postgresql/15/main/postgresql.auto.conf';

/** Facts of a server with these files, whose view says what stands in them, with errors by `file:line`. */
function withFiles(
  texts: Readonly<Record<string, string>>,
  errors: Readonly<Record<string, string>> = {},
  base: FactSet = hardenedFacts(),
): FactSet {
  const others = valueOf(base, 'configurationFiles').filter(({ path }) => !(path in texts));
  const files = Object.entries(texts).map(([path, text]) =>
    configurationFile(
      path === configPath ? 'postgresql.conf' : path === autoPath ? 'postgresql.auto.conf' : 'include',
      path,
      text,
    ),
  );
  const rows = Object.entries(texts).flatMap(([path, text]) =>
    parseConfig(text, path).lines.flatMap((line): FileSetting[] => {
      const error = errors[`${path}:${line.line}`] ?? null;
      if (line.kind !== 'setting' && error === null) return [];
      const named =
        line.kind === 'setting' ? { name: line.name, value: line.value } : { name: null, value: null };
      return [{ sourceFile: path, sourceLine: line.line, ...named, applied: false, error }];
    }),
  );
  return withFact(withFact(base, 'configurationFiles', [...others, ...files]), 'fileSettings', rows);
}

const textAfter = (facts: FactSet, path: string): string =>
  valueOf(facts, 'configurationFiles').find((file) => file.path === path)?.text ?? '';

const optionsOf = (choice: Choice | undefined) =>
  choice === undefined || choice.kind === 'text' ? [] : choice.options;

function done(tried: TriedFix, facts: FactSet, answers: Answers = {}): FactSet {
  return afterOperations(facts, operationsOf(tried.plan(answers)));
}

const statusOf = (id: string, facts: FactSet): string => {
  const check = networkChecks.find((one) => one.id === id);
  return check === undefined ? 'no check' : judge(check, facts).status;
};

describe('disable-broken-settings', () => {
  const invalid = 'setting could not be applied';
  const settings = withSettings(hardenedFacts(), {
    work_mem: { value: '8192', unit: 'kB', type: 'integer', context: 'user', bootValue: '4096' },
    max_connections: { value: '100', type: 'integer', context: 'postmaster', bootValue: '100' },
    port: { value: '5432', type: 'integer', context: 'postmaster', bootValue: '5432' },
  });

  test('only the lines with an error change, to the byte', () => {
    const text = "# mine\nwork_mem = 6MB\r\n  work_mem=8XB  # typo \\\nssl = 'on'\nthis is = = no line";
    const facts = withFiles(
      { [configPath]: text },
      { [`${configPath}:3`]: invalid, [`${configPath}:5`]: 'syntax error' },
      settings,
    );
    const tried = tryFix(disableBrokenSettings, facts, networkChecks);
    expect(tried.safe).toBe(false);
    const after = done(tried, facts);
    expect(textAfter(after, configPath)).toBe(
      `# mine\nwork_mem = 6MB\r\n# Portcullis: the server refused this line (${invalid})\n#   work_mem=8XB  # typo \\\nssl = 'on'\n# Portcullis: the server refused this line (syntax error)\n# this is = = no line`,
    );
    expect(statusOf('conf-file-errors', after)).toBe('pass');
    expect(optionsOf(tried.choices[0]).map(({ seen }) => seen)).toEqual([
      `${invalid}; work_mem is 8MB now and becomes 6MB (${configPath}:2)`,
      'syntax error; it sets nothing, so no value changes',
    ]);
    expect(valueOf(after, 'settings').find(({ name }) => name === 'work_mem')?.value).toBe('6MB');
  });

  test('what may be somebody’s wish is not ticked, and says why', () => {
    const unknown = 'unrecognized configuration parameter';
    const text =
      "no_such = on\nmy_ext.size = 3\ninclude 'gone.conf'\nport = 5433\nmax_connections = many\nwork_mem = 1X\n";
    const errors = [unknown, unknown, 'could not open file', invalid, invalid, invalid];
    const facts = withFiles(
      { [configPath]: text },
      Object.fromEntries(errors.map((error, index) => [`${configPath}:${index + 1}`, error])),
      withSettings(settings, { ssl_ciphers: { value: 'HIGH', sourceFile: '/etc/postgresql/gone.conf' } }),
    );
    const tried = tryFix(disableBrokenSettings, facts, networkChecks);
    const options = optionsOf(tried.choices[0]);
    expect(options.map(({ chosen }) => chosen)).toEqual([true, false, false, false, true, true]);
    expect(options[1]?.seen).toContain('a library that is not loaded');
    expect(options[2]?.seen).toContain('ssl_ciphers would fall back');
    expect(options[3]?.seen).toContain('wait for a restart');
    expect(options[5]?.seen).toContain('work_mem is 8MB now and becomes 4MB (the built-in value)');
    expect(tried.plan({ lines: '' })).toMatchObject({ ok: false, reason: 'Choose at least one line.' });
  });

  test('a value of ALTER SYSTEM is reset, and the line of the file decides', () => {
    const facts = withFiles(
      { [configPath]: 'work_mem = 6MB\n', [autoPath]: "work_mem = '8XB'\n" },
      { [`${autoPath}:1`]: invalid },
      settings,
    );
    const tried = tryFix(disableBrokenSettings, facts, networkChecks);
    expect(operationsOf(tried.plan())).toEqual([
      expect.objectContaining({ kind: 'setting', name: 'work_mem', value: null, via: 'alter-system' }),
    ]);
    expect(statusOf('conf-file-errors', done(tried, facts))).toBe('pass');
  });

  test('a line that was changed since, and what others write, is left alone', () => {
    const facts = withFiles({ [configPath]: 'work_mem = 1X\n' }, { [`${configPath}:1`]: invalid }, settings);
    const changed = withFact(
      facts,
      'configurationFiles',
      valueOf(facts, 'configurationFiles').map((file) =>
        file.path === configPath
          ? configurationFile('postgresql.conf', configPath, 'work_mem = 1MB\n')
          : file,
      ),
    );
    expect(tryFix(disableBrokenSettings, changed, networkChecks).refused).toContain('was changed since');
    const patroni = withPart(facts, 'cluster', { managedBy: 'Patroni' });
    expect(tryFix(disableBrokenSettings, patroni, networkChecks).refused).toContain('Patroni runs this');
    const ansible = withFiles(
      { [configPath]: '# Ansible managed\nwork_mem = 1X\n' },
      { [`${configPath}:2`]: invalid },
      settings,
    );
    const [option] = optionsOf(tryFix(disableBrokenSettings, ansible, networkChecks).choices[0]);
    expect(option).toMatchObject({ chosen: false });
    expect(option?.seen).toContain('managed by Ansible');
  });
});

describe('one-line-per-setting', () => {
  const extra = '/etc/postgresql/15/main/conf.d/extra.conf';
  const base = withSettings(hardenedFacts(), {
    work_mem: { value: '5120', unit: 'kB', type: 'integer', context: 'user', source: 'configuration file' },
    port: { value: '5433', type: 'integer', context: 'postmaster', source: 'command line' },
  });
  const texts = {
    [configPath]: "Work_Mem = 6MB\n\twork_mem '7MB'\t# app\n",
    [extra]: 'work_mem = 8MB\n',
    [autoPath]: "work_mem = '5MB'\n",
  };

  test('as it stands nothing in force changes: the last line stays', () => {
    const facts = withFiles({ ...texts, [autoPath]: '' }, {}, base);
    const tried = tryFix(oneLinePerSetting, facts, networkChecks);
    expect([tried.refused, tried.safe]).toEqual([null, false]);
    const after = done(tried, facts);
    const note = `# Portcullis: work_mem is set in ${extra}:1, which counts\n`;
    expect(textAfter(after, configPath)).toBe(`${note}# Work_Mem = 6MB\n${note}# \twork_mem '7MB'\t# app\n`);
    expect(textAfter(after, extra)).toBe(texts[extra]);
    expect(valueOf(after, 'settings')).toEqual(valueOf(facts, 'settings'));
    expect(statusOf('conf-overrides', after)).toBe('pass');
  });

  test('the value of the file in place of that of ALTER SYSTEM', () => {
    const facts = withFiles(texts, {}, base);
    const tried = tryFix(oneLinePerSetting, facts, networkChecks);
    expect(optionsOf(tried.choices[0]).map(({ value, chosen }) => [value, chosen])).toEqual([
      ['keep', true],
      ['reset', false],
      ['leave', false],
    ]);
    expect(operationsOf(tried.plan()).filter(({ kind }) => kind === 'setting')).toEqual([]);
    const after = done(tried, facts, { work_mem: 'reset' });
    expect(textAfter(after, extra)).toBe(texts[extra]);
    expect(valueOf(after, 'settings').find(({ name }) => name === 'work_mem')?.value).toBe('8MB');
    expect(statusOf('conf-overrides', after)).toBe('pass');
    const forbidden = withSettings(facts, { allow_alter_system: 'off' });
    const options = optionsOf(tryFix(oneLinePerSetting, forbidden, networkChecks).choices[0]);
    expect(options.map(({ value }) => value)).toEqual(['keep', 'leave']);
    expect(tried.plan({ work_mem: 'leave' })).toMatchObject({ ok: false });
  });

  test('the command line, an error and a managed file are left alone, and say why', () => {
    const line = withFiles({ [configPath]: 'port = 5432\nport = 5434\n' }, {}, base);
    expect(tryFix(oneLinePerSetting, line, networkChecks).refused).toContain('given on the command line');
    const broken = withFiles(
      { [configPath]: 'work_mem = 6MB\nwork_mem = 7MB\nwork_mem = 8XB\n' },
      { [`${configPath}:3`]: 'setting could not be applied' },
      base,
    );
    expect(tryFix(oneLinePerSetting, broken, networkChecks).refused).toContain('settle that first');
    const managed = withFiles(
      { ...texts, [configPath]: `# Ansible managed\n${texts[configPath]}` },
      {},
      base,
    );
    const tried = tryFix(oneLinePerSetting, managed, networkChecks);
    expect(optionsOf(tried.choices[0]).find(({ chosen }) => chosen)?.value).toBe('leave');
    expect(tried.plan()).toMatchObject({ ok: false });
  });
});

describe('bonjour-off and common-role-names', () => {
  const base = hardenedFacts();

  test.each([
    [bonjourOff, { bonjour: { value: 'on', context: 'postmaster' } }, 'restart'],
    [commonRoleNames, { db_user_namespace: { value: 'on', context: 'sighup' } }, 'reload'],
  ] as const)('$id', (fix, settings, effect) => {
    const facts = withSettings(base, settings);
    const tried = tryFix(fix, facts, networkChecks);
    expect(tried.safe).toBe(false);
    const [operation] = operationsOf(tried.plan());
    expect(operation).toMatchObject({ kind: 'setting', value: 'off', effect });
    expect(statusOf(tried.finding.check, done(tried, facts))).toBe('pass');
    const [name] = Object.keys(settings);
    const fixed = withSettings(facts, { [name ?? '']: { source: 'command line' } });
    expect(tryFix(fix, fixed, networkChecks).refused).toContain('on the command line');
  });
});
