import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatAddress } from '../../../shared/lib/cidr.ts';
import { formatHbaAddress, parseServerAddress } from '../../../shared/hba/address.ts';
import { resolveAuthFile } from '../../../shared/hba/includes.ts';
import { buildRule } from '../../../shared/hba/parse.ts';
import type { HbaRule } from '../../../shared/hba/types.ts';
import { embeddedMajors, startEmbedded } from '../../servers/embedded.ts';
import type { EmbeddedServer } from '../../servers/embedded.ts';
import { hbaCases } from './generate.ts';
import type { HbaCase } from './generate.ts';

/** More with PORTCULLIS_ORACLE=20: so many times as many cases. */
const factor = Number(process.env['PORTCULLIS_ORACLE'] ?? 1);
const seed = Number(process.env['PORTCULLIS_SEED'] ?? 1);

interface ViewRow {
  readonly file_name?: string;
  readonly line_number: number;
  readonly type: string | null;
  readonly database: readonly string[] | null;
  readonly user_name: readonly string[] | null;
  readonly address: string | null;
  readonly netmask: string | null;
  readonly auth_method: string | null;
  readonly options: readonly string[] | null;
  readonly error: string | null;
}

const canonical = (text: string | null): string | null => {
  const address = text === null ? null : parseServerAddress(text);
  return address === null ? text : formatAddress(address);
};

// What the view shows of options as they were written; others it computes (include_realm, ldapscope, ldapport).
const shown = [
  'map',
  'pamservice',
  'krb_realm',
  'ldapserver',
  'ldapprefix',
  'ldapbasedn',
  'ldapsearchattribute',
].concat([
  'ldapsearchfilter',
  'ldapscheme',
  'radiusservers',
  'radiussecrets',
  'issuer',
  'scope',
  'validator',
  'clientcert',
]);

function shownOptions(rule: HbaRule): readonly string[] {
  const values = new Map(rule.options.map(({ name, value }) => [name, value]));
  const certificate = rule.method === 'cert' ? 'verify-full' : values.get('clientcert');
  if (certificate === '1') values.set('clientcert', 'verify-ca');
  else if (certificate === '0' || certificate === 'no-verify') values.delete('clientcert');
  else if (certificate !== undefined) values.set('clientcert', certificate);
  return shown.flatMap((name) => (values.has(name) ? [`${name}=${values.get(name) ?? ''}`] : [])).sort();
}

function fromView(row: ViewRow, files: boolean): unknown {
  const place = { file: files ? row.file_name : 'any', line: row.line_number };
  // A row with a type and an error is only a warning: the server loads it.
  const warning = row.error !== null && / record cannot match because /.test(row.error);
  if (row.type === null) return { ...place, error: warning ? null : row.error };
  const options = (row.options ?? []).filter((option) => shown.includes(option.split('=')[0] ?? '')).sort();
  const { type, database, user_name, auth_method } = row;
  const [address, netmask] = [canonical(row.address), canonical(row.netmask)];
  return { ...place, type, database, user_name, address, netmask, auth_method, options };
}

function fromRule(rule: HbaRule, files: boolean): unknown {
  const { address } = rule;
  const network = address?.kind === 'network';
  return {
    file: files ? rule.file : 'any',
    line: rule.line,
    type: rule.type,
    database: rule.databases.map(({ text }) => text),
    user_name: rule.users.map(({ text }) => text),
    address: address === null ? null : network ? address.address : formatHbaAddress(address),
    netmask: network ? address.netmask : null,
    auth_method: rule.method,
    options: shownOptions(rule),
  };
}

function ours(
  folder: string,
  files: HbaCase,
  major: number,
  unsupportedMethods: readonly string[],
): unknown[] {
  const getFile = (path: string): string | null => {
    const name = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '';
    // The server can open a folder and finds nothing in it.
    const folders = ['inc', 'inc/dir'];
    return files[name] ?? (folders.includes(name) || path === folder || path === '/' ? '' : null);
  };
  const listDirectory = (path: string): readonly string[] | null => {
    const prefix = `${path.slice(folder.length + 1)}/`;
    const names = Object.keys(files).filter((name) => name.startsWith(prefix));
    return names.length === 0 ? null : names.map((name) => name.slice(prefix.length));
  };
  const options = { path: join(folder, 'pg_hba.conf'), major, unsupportedMethods };
  const lines = resolveAuthFile(files['pg_hba.conf'] ?? '', options, getFile, listDirectory);
  return lines.map((line) => {
    const result =
      line.problem === null
        ? buildRule(line.fields, line.line, { ...options, path: line.file })
        : { problem: line.problem };
    if ('rule' in result) return fromRule(result.rule, major >= 16);
    return { file: major >= 16 ? line.file : 'any', line: line.line, error: result.problem };
  });
}

/** The server leaves these without a message in the view; they are told apart by the missing type. */
const silent = /^(invalid value for client(cert|name)|could not parse RADIUS)/;

function comparable(rows: readonly unknown[]): unknown {
  return rows.map((row) => {
    const { error, ...rest } = row as { error?: string | null };
    if (error === undefined) return row;
    // Of two faults in one regular expression it does not matter which is named.
    const message = error?.replace(/^(invalid regular expression .*": ).*$/s, '$1') ?? 'silent';
    return { ...rest, error: silent.test(message) ? 'silent' : message };
  });
}

describe.each(embeddedMajors())('pg_hba_file_rules of PostgreSQL %i', (major) => {
  let server: EmbeddedServer;
  let client: pg.Client;
  let unsupported: readonly string[] = [];

  beforeAll(async () => {
    server = await startEmbedded({ major, settings: major >= 18 ? { oauth_validator_libraries: 'v' } : {} });
    client = await server.connect();
    // Builds differ in the libraries that they were made with.
    const methods = ['gss', 'sspi', 'pam', 'bsd', 'ldap'];
    await server.write('pg_hba.conf', methods.map((method) => `host all all all ${method}\n`).join(''));
    const { rows } = await client.query<ViewRow>('SELECT * FROM pg_hba_file_rules');
    unsupported = methods.filter((_, index) => / not supported by this build/.test(rows[index]?.error ?? ''));
  });
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  const theirs = async (files: HbaCase): Promise<unknown[]> => {
    await rm(join(server.dataDirectory, 'inc'), { recursive: true, force: true });
    for (const [name, text] of Object.entries(files)) await server.write(name, text);
    const { rows } = await client.query<ViewRow>('SELECT * FROM pg_hba_file_rules');
    return rows.map((row) => fromView(row, major >= 16));
  };
  const compare = async (files: HbaCase): Promise<number> => {
    const expected = await theirs(files);
    // 13 alone notices that an included file is a folder.
    if (JSON.stringify(expected).includes(': Is a directory')) return 0;
    const actual = ours(server.dataDirectory, files, major, unsupported);
    expect({ files, rows: comparable(actual) }).toEqual({ files, rows: comparable(expected) });
    return expected.length;
  };

  test('generated files', async () => {
    const cases = fc.sample(hbaCases, { numRuns: 300 * factor, seed });
    let lines = 0;
    for (const files of cases) lines += await compare(files);
    console.log(`PostgreSQL ${major}: ${cases.length} generated files, ${lines} lines alike`);
    expect(lines).toBeGreaterThan(cases.length);
  });

  test('long tokens and deep includes', async () => {
    const long = [10238, 10239, 10240].map((length) => `local "${'x'.repeat(length)}" all trust\n`).join('');
    await compare({ 'pg_hba.conf': long });
    // 13 reads such a line in pieces, which it numbers as lines.
    if (major > 13) await compare({ 'pg_hba.conf': `local all ${'y'.repeat(30000)} trust\n` });
    if (major < 16) return;
    await compare({ 'pg_hba.conf': 'local all all trust\ninclude pg_hba.conf\nlocal all all reject\n' });
    await compare({ 'pg_hba.conf': 'local @inc/loop all trust\n', 'inc/loop': 'a @loop\n' });
  });
});
