import { parseAddressField } from './address.ts';
import { methodProblem, optionProblem, optionSetProblem } from './methods.ts';
import type { MethodUse } from './methods.ts';
import { parseRegex } from './regex-parse.ts';
import { scanAuthFile } from './tokens.ts';
import type { ScannedLine } from './tokens.ts';
import type {
  HbaAddress,
  HbaFile,
  HbaIncludeDirective,
  HbaLine,
  HbaOption,
  HbaParseOptions,
  HbaRule,
  HbaToken,
  HbaTokenKind,
  HbaType,
} from './types.ts';

/** A token whose meaning is not known yet: its text and whether it began with a quote. */
export interface FieldToken {
  readonly text: string;
  readonly quoted: boolean;
}

type Fields = readonly (readonly FieldToken[])[];

/** A rule, or what the server says of the line. */
export type RuleResult = { readonly rule: HbaRule } | { readonly problem: string };

const types: readonly string[] = ['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'];

function isType(text: string): text is HbaType {
  return types.includes(text);
}

/** True when the server reads a file in place of this token: an unquoted @ followed by something. */
export function isFileToken({ text, quoted }: FieldToken): boolean {
  return !quoted && text.length > 1 && text.startsWith('@');
}

function tokenKind(token: FieldToken, column: 'database' | 'user', major: number): HbaTokenKind {
  const { text, quoted } = token;
  if (isFileToken(token)) return 'file';
  if (!quoted && text === 'all') return 'all';
  if (!quoted && column === 'user' && text.startsWith('+')) return 'group';
  if (!quoted && column === 'database') {
    if (text === 'sameuser' || text === 'samerole' || text === 'replication') return text;
    if (text === 'samegroup') return 'samerole';
  }
  // Quotes do not take the slash its meaning.
  return major >= 16 && text.startsWith('/') ? 'regex' : 'name';
}

function listTokens(
  field: readonly FieldToken[],
  column: 'database' | 'user',
  major: number,
): { readonly tokens: readonly HbaToken[] } | { readonly problem: string } {
  const tokens = field.map((token) => ({
    kind: tokenKind(token, column, major),
    text: token.text,
    quoted: token.quoted,
  }));
  for (const { text } of tokens) {
    if (major < 16 || !text.startsWith('/')) continue;
    const parsed = parseRegex(text.slice(1));
    if (parsed.kind === 'invalid') {
      return { problem: `invalid regular expression "${text.slice(1)}": ${parsed.message}` };
    }
  }
  return { tokens };
}

/** A rule's fields in turn; `single` is for those that are no lists. */
class FieldReader {
  readonly #fields: Fields;
  #next = 0;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  list(): readonly FieldToken[] | null {
    const field = this.#fields[this.#next];
    this.#next += 1;
    return field ?? null;
  }

  single(missing: string, several: string): FieldToken | string {
    const field = this.list();
    if (field === null) return missing;
    return field.length > 1 || field[0] === undefined ? several : field[0];
  }

  rest(): readonly FieldToken[] {
    return this.#fields.slice(this.#next).flat();
  }
}

function readAddress(reader: FieldReader): { readonly address: HbaAddress } | { readonly problem: string } {
  const token = reader.single(
    'end-of-line before IP address specification',
    'multiple values specified for host address',
  );
  if (typeof token === 'string') return { problem: token };
  let field = parseAddressField(token.text, token.quoted);
  if (field.kind === 'needs-mask') {
    const mask = reader.single(
      'end-of-line before netmask specification',
      'multiple values specified for netmask',
    );
    if (typeof mask === 'string') return { problem: mask };
    field = field.withMask(mask.text);
  }
  if (field.kind === 'address') return { address: field.address };
  return { problem: field.kind === 'problem' ? field.message : 'invalid netmask' };
}

function readOptions(tokens: readonly FieldToken[], use: MethodUse): readonly HbaOption[] | string {
  const options: HbaOption[] = [];
  for (const { text } of tokens) {
    const equals = text.indexOf('=');
    if (equals < 0) return `authentication option not in name=value format: ${text}`;
    const option = { name: text.slice(0, equals), value: text.slice(equals + 1) };
    const problem = optionProblem(use, option);
    if (problem !== null) return problem;
    options.push(option);
  }
  return optionSetProblem(use, options) ?? options;
}

const unsupportedElsewhere: readonly string[] = ['sspi', 'bsd'];

/** Makes a rule of the fields of a line, checked in the order and with the messages of hba.c, parse_hba_line. */
export function buildRule(fields: Fields, line: number, options: HbaParseOptions): RuleResult {
  const { major } = options;
  const reader = new FieldReader(fields);
  const type = reader.single('', 'multiple values specified for connection type');
  if (typeof type === 'string') return { problem: type };
  if (!isType(type.text)) return { problem: `invalid connection type "${type.text}"` };

  const databaseField = reader.list();
  if (databaseField === null) return { problem: 'end-of-line before database specification' };
  const databases = listTokens(databaseField, 'database', major);
  if ('problem' in databases) return databases;
  const userField = reader.list();
  if (userField === null) return { problem: 'end-of-line before role specification' };
  const users = listTokens(userField, 'user', major);
  if ('problem' in users) return users;

  const address = type.text === 'local' ? null : readAddress(reader);
  if (address !== null && 'problem' in address) return address;

  const method = reader.single(
    'end-of-line before authentication method',
    'multiple values specified for authentication type',
  );
  if (typeof method === 'string') return { problem: method };
  const methodName = type.text === 'local' && method.text === 'ident' ? 'peer' : method.text;
  const use = { type: type.text, method: methodName, major };
  const problem = methodProblem(use, options.unsupportedMethods ?? unsupportedElsewhere);
  if (problem !== null) return { problem };
  const ruleOptions = readOptions(reader.rest(), use);
  if (typeof ruleOptions === 'string') return { problem: ruleOptions };

  return {
    rule: {
      file: options.path,
      line,
      type: type.text,
      databases: databases.tokens,
      users: users.tokens,
      address: address?.address ?? null,
      method: methodName,
      options: ruleOptions,
    },
  };
}

/** The include directive that a line is, or null. Since 16, and only with exactly one value behind it. */
export function includeDirective(
  fields: Fields,
  major: number,
): { readonly directive: HbaIncludeDirective; readonly target: string } | null {
  const [first, second, third] = fields;
  const directive = first?.[0]?.text;
  const target = second?.[0]?.text;
  if (major < 16 || third !== undefined || target === undefined) return null;
  if (directive === 'include' || directive === 'include_if_exists' || directive === 'include_dir') {
    return { directive, target };
  }
  return null;
}

function interpret(scanned: ScannedLine, options: HbaParseOptions): HbaLine {
  const { line, lineCount, text, fields, hasComment, problem } = scanned;
  const base = { line, lineCount, text };
  if (problem !== null) return { ...base, kind: 'error', message: problem };
  if (fields.length === 0) return { ...base, kind: hasComment ? 'comment' : 'blank' };
  if (fields.some((field) => field.some(isFileToken))) {
    // An empty file makes its field vanish, so the rule shown here holds only when no file is empty.
    const result = buildRule(fields, line, options);
    return { ...base, kind: 'unresolved', rule: 'rule' in result ? result.rule : null };
  }
  const include = includeDirective(fields, options.major);
  if (include !== null) return { ...base, kind: 'include', ...include };
  const result = buildRule(fields, line, options);
  return 'rule' in result
    ? { ...base, kind: 'rule', rule: result.rule }
    : { ...base, kind: 'error', message: result.problem };
}

/**
 * Reads one pg_hba.conf, or a file that it includes, losslessly. Never throws. `text` may have been decoded as UTF-8
 * or latin1: nothing is lost either way, but names outside ASCII match only when the decoding was right.
 */
export function parseHba(text: string, options: HbaParseOptions): HbaFile {
  return { options, lines: scanAuthFile(text, options.major).map((scanned) => interpret(scanned, options)) };
}

/** The text that was parsed, to the byte. */
export function renderHba(file: HbaFile): string {
  return file.lines.map(({ text }) => text).join('');
}
