import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { generatedFiles, generatedFolders } from '../../../build/docs/all.ts';
import { checks } from '../../../shared/checks/registry.ts';

const projectFolder = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');
const files = await generatedFiles(projectFolder);

describe('generated files', () => {
  it.each(files.map(({ path, text }) => [path, text] as const))('%s is current', (path, text) => {
    expect(existsSync(join(projectFolder, path)), 'missing; run: npm run docs').toBe(true);
    expect(read(path), 'outdated; read what changed, then run: npm run docs').toBe(text);
  });

  it('are all that is in their folders', () => {
    const there = generatedFolders.flatMap((folder) =>
      readdirSync(join(projectFolder, folder)).map((name) => `${folder}/${name}`),
    );
    const wanted = files.map(({ path }) => path);
    expect(
      there.filter((path) => !wanted.includes(path)),
      'left over; run: npm run docs',
    ).toEqual([]);
  });

  it('tell of every check', () => {
    const pages = files.filter(({ path }) => path.startsWith('docs/checks/'));
    for (const { id } of checks)
      expect(pages.filter(({ text }) => text.includes(`## \`${id}\``))).toHaveLength(1);
  });
});

describe('the JSON Schemas', () => {
  const ajv = new Ajv2020({ allErrors: true, formats: { date: /^\d{4}-\d\d-\d\d$/ } });
  const errorsOf = (schema: string, value: unknown): unknown => {
    const validate = ajv.compile(JSON.parse(read(schema)) as object);
    validate(value);
    return (
      validate.errors?.slice(0, 3).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`) ??
      []
    );
  };
  const reports = files.filter(({ path }) => path.startsWith('test/golden/reports/'));

  it.each(reports.map(({ path, text }) => [path, text] as const))('describe %s', (_path, text) => {
    expect(errorsOf('docs/report.schema.json', JSON.parse(text))).toEqual([]);
  });

  it.each(readdirSync(join(projectFolder, 'test/golden/facts')))('describe the facts of %s', (name) => {
    expect(errorsOf('docs/facts.schema.json', JSON.parse(read(`test/golden/facts/${name}`)))).toEqual([]);
  });

  it('refuse what is no report, and allow fields that come later', () => {
    const report = JSON.parse(reports[0]?.text ?? '') as { findings: Record<string, unknown>[] };
    expect(errorsOf('docs/report.schema.json', { ...report, added: 1 })).toEqual([]);
    expect(errorsOf('docs/report.schema.json', { ...report, schemaVersion: 2 })).not.toEqual([]);
    const [finding] = report.findings;
    expect(
      errorsOf('docs/report.schema.json', { ...report, findings: [{ ...finding, status: 'fine' }] }),
    ).not.toEqual([]);
  });
});
