/* eslint-disable max-lines -- one function a command, each of which says what its words mean */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { SudoMode } from '../../shared/contract/target.ts';
import { parseNetwork } from '../../shared/lib/cidr.ts';
import { severities } from '../../shared/findings/finding.ts';
import {
  planFormats,
  reportFormats,
  UsageError,
  type Command,
  type FixSelection,
  type OnTarget,
} from './command.ts';
import { parseRestart, parseStartTime } from './run-words.ts';
import { parseFix, parseMustWork, parseSteps, parseTarget } from './words.ts';

const common = {
  home: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

const onTarget = {
  ...common,
  identity: { type: 'string' },
  'known-hosts': { type: 'string' },
  'accept-new-host-key': { type: 'boolean' },
  jump: { type: 'string', short: 'J' },
  sudo: { type: 'string' },
  cluster: { type: 'string' },
  profile: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

const selecting = {
  fix: { type: 'string', multiple: true },
  safe: { type: 'boolean' },
  'no-restart': { type: 'boolean' },
  'settings-via': { type: 'string' },
  'edit-managed': { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

/** Reads the words behind the program's name. Throws UsageError with a sentence that says what is wrong. */
export function parseCommand(words: readonly string[]): Command {
  const [name, ...rest] = words;
  switch (name) {
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      return { name: 'help', topic: rest[0] ?? null };
    case '--version':
    case 'version':
      return { name: 'version' };
    case 'scan':
      return scan(rest);
    case 'plan':
      return plan(rest);
    case 'apply':
      return apply(rest);
    case 'reach':
      return reach(rest);
    case 'rollback':
      return rollback(rest);
    case 'runs':
      return runs(rest);
    case 'checks':
      return checks(rest);
    default:
      throw new UsageError(`There is no command "${name}".`);
  }
}

/** parseArgs with its errors as UsageError. */
function parse<T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  most: number,
) {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(
      error instanceof Error ? (error.message.split('. To specify')[0] ?? error.message) : String(error),
    );
  }
  if (parsed.positionals.length > most)
    throw new UsageError(`"${parsed.positionals[most]}" is one word too many.`);
  return parsed;
}

function oneOf<T extends string>(
  value: string | undefined,
  allowed: readonly T[],
  option: string,
  otherwise: T,
): T {
  if (value === undefined) return otherwise;
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new UsageError(`${option} takes ${allowed.join(', ')}, not "${value}".`);
  return found;
}

interface TargetValues {
  readonly home?: string;
  readonly identity?: string;
  readonly 'known-hosts'?: string;
  readonly 'accept-new-host-key'?: boolean;
  readonly jump?: string;
  readonly sudo?: string;
  readonly cluster?: string;
  readonly profile?: string;
}

function target(word: string | undefined, values: TargetValues, facts?: string): OnTarget {
  if (word !== undefined && facts !== undefined)
    throw new UsageError('Give a TARGET or --facts FILE, not both.');
  if (word === undefined && facts === undefined)
    throw new UsageError(
      'Say which TARGET: practice, local, ssh://[user@]host[:port], or an alias of ~/.ssh/config.',
    );
  const sudo: SudoMode = oneOf(values.sudo, ['none', 'auto', 'ask'], '--sudo', 'auto');
  return {
    home: values.home ?? null,
    profile: values.profile ?? 'baseline',
    connect: {
      target:
        facts === undefined
          ? parseTarget(word ?? '', {
              identity: values.identity,
              knownHosts: values['known-hosts'],
              jump: values.jump,
            })
          : { kind: 'recorded', path: facts },
      sudo,
      cluster: values.cluster ?? null,
      acceptNewHostKey: values['accept-new-host-key'] === true,
    },
  };
}

function scan(args: readonly string[]): Command {
  const { values, positionals } = parse(
    args,
    {
      ...onTarget,
      format: { type: 'string' },
      out: { type: 'string', short: 'o' },
      facts: { type: 'string' },
      'facts-out': { type: 'string' },
      'script-out': { type: 'string' },
      'fail-on': { type: 'string' },
    },
    1,
  );
  if (values.help === true) return { name: 'help', topic: 'scan' };
  const format = oneOf(values.format, reportFormats, '--format', 'text');
  if (format === 'pdf' && values.out === undefined) throw new UsageError('--format pdf needs --out FILE.');
  const failOn =
    values['fail-on'] === undefined ? null : oneOf(values['fail-on'], severities, '--fail-on', 'high');
  if (values['script-out'] !== undefined) {
    return {
      name: 'scan',
      ...target(positionals[0] ?? 'local', values),
      format,
      out: null,
      factsOut: null,
      scriptOut: values['script-out'],
      failOn,
    };
  }
  return {
    name: 'scan',
    ...target(positionals[0], values, values.facts),
    format,
    out: values.out ?? null,
    factsOut: values['facts-out'] ?? null,
    scriptOut: null,
    failOn,
  };
}

interface SelectionValues {
  readonly fix?: readonly string[];
  readonly safe?: boolean;
  readonly 'no-restart'?: boolean;
  readonly 'settings-via'?: string;
  readonly 'edit-managed'?: boolean;
}

function selection(values: SelectionValues): FixSelection {
  const fixes = (values.fix ?? []).map(parseFix);
  if (values.safe !== true && fixes.length === 0)
    throw new UsageError('Say which fixes: --fix ID[:key=value,…], more than once if wanted, or --safe.');
  return {
    safe: values.safe === true,
    fixes,
    includeRestart: values['no-restart'] !== true,
    settingsVia: oneOf(values['settings-via'], ['alter-system', 'file'], '--settings-via', 'alter-system'),
    editManaged: values['edit-managed'] === true,
  };
}

function plan(args: readonly string[]): Command {
  const { values, positionals } = parse(
    args,
    { ...onTarget, ...selecting, format: { type: 'string' }, out: { type: 'string', short: 'o' } },
    1,
  );
  if (values.help === true) return { name: 'help', topic: 'plan' };
  return {
    name: 'plan',
    ...target(positionals[0], values),
    selection: selection(values),
    format: oneOf(values.format, planFormats, '--format', 'text'),
    out: values.out ?? null,
  };
}

function apply(args: readonly string[]): Command {
  const { values, positionals } = parse(
    args,
    {
      ...onTarget,
      ...selecting,
      format: { type: 'string' },
      'confirm-within': { type: 'string' },
      yes: { type: 'boolean', short: 'y' },
      'accept-cut-off': { type: 'boolean' },
      'accept-unguarded': { type: 'boolean' },
      'must-work': { type: 'string', multiple: true },
      'with-passwords': { type: 'boolean' },
      'break-lock': { type: 'boolean' },
      'restart-wait': { type: 'string' },
      'restart-over-long-transactions': { type: 'boolean' },
      at: { type: 'string' },
    },
    1,
  );
  if (values.help === true) return { name: 'help', topic: 'apply' };
  const seconds = Number(values['confirm-within'] ?? '180');
  if (!Number.isInteger(seconds) || seconds < 30 || seconds > 3600)
    throw new UsageError('--confirm-within takes whole seconds from 30 to 3600.');
  return {
    name: 'apply',
    ...target(positionals[0], values),
    selection: selection(values),
    confirmWithinSeconds: seconds,
    yes: values.yes === true,
    acceptCutOff: values['accept-cut-off'] === true,
    acceptUnguarded: values['accept-unguarded'] === true,
    mustWork: (values['must-work'] ?? []).map(parseMustWork),
    withPasswords: values['with-passwords'] === true,
    breakLock: values['break-lock'] === true,
    restart: parseRestart(values['restart-wait'], values['restart-over-long-transactions'] === true),
    startAt: values.at === undefined ? null : parseStartTime(values.at, new Date()),
    format: oneOf(values.format, ['text', 'json'], '--format', 'text'),
  };
}

function rollback(args: readonly string[]): Command {
  const { values, positionals } = parse(
    args,
    {
      ...onTarget,
      format: { type: 'string' },
      yes: { type: 'boolean', short: 'y' },
      force: { type: 'boolean' },
      leave: { type: 'string', multiple: true },
      merge: { type: 'string', multiple: true },
      'put-back': { type: 'string', multiple: true },
      'break-lock': { type: 'boolean' },
    },
    2,
  );
  if (values.help === true) return { name: 'help', topic: 'rollback' };
  const run = positionals[1];
  if (run === undefined)
    throw new UsageError('Say which run: its id as "portcullis runs" shows it, or last.');
  return {
    name: 'rollback',
    ...target(positionals[0], values),
    run,
    yes: values.yes === true,
    force: values.force === true,
    decisions: [
      ...parseSteps(values.leave, '--leave', 'leave'),
      ...parseSteps(values.merge, '--merge', 'merge'),
      ...parseSteps(values['put-back'], '--put-back', 'before'),
    ],
    breakLock: values['break-lock'] === true,
    format: oneOf(values.format, ['text', 'json'], '--format', 'text'),
  };
}

function reach(args: readonly string[]): Command {
  const { values, positionals } = parse(
    args,
    {
      ...onTarget,
      from: { type: 'string' },
      port: { type: 'string' },
      role: { type: 'string' },
      database: { type: 'string' },
      tls: { type: 'string' },
      format: { type: 'string' },
      facts: { type: 'string' },
    },
    1,
  );
  if (values.help === true) return { name: 'help', topic: 'reach' };
  const from = values.from === undefined || values.from === 'local' ? null : parseNetwork(values.from);
  if (values.from !== undefined && values.from !== 'local' && from === null)
    throw new UsageError(`--from takes an address, a network or local, not "${values.from}".`);
  const port = values.port === undefined ? null : Number(values.port);
  if (port !== null && (!Number.isInteger(port) || port < 1 || port > 65535))
    throw new UsageError('--port takes a number from 1 to 65535.');
  return {
    name: 'reach',
    ...target(positionals[0], values, values.facts),
    from: values.from === 'local' ? 'local' : from,
    port,
    role: values.role ?? null,
    database: values.database ?? null,
    tls: values.tls === undefined ? null : oneOf(values.tls, ['yes', 'no'], '--tls', 'yes') === 'yes',
    format: oneOf(values.format, ['text', 'json'], '--format', 'text'),
  };
}

function runs(args: readonly string[]): Command {
  const { values, positionals } = parse(
    args,
    { ...onTarget, format: { type: 'string' }, export: { type: 'string' }, verify: { type: 'string' } },
    2,
  );
  if (values.help === true) return { name: 'help', topic: 'runs' };
  const format = oneOf(values.format, ['text', 'json'], '--format', 'text');
  if (values.verify !== undefined) {
    if (positionals.length > 0 || values.export !== undefined)
      throw new UsageError('--verify FILE needs no TARGET and nothing else.');
    return { name: 'verify-runs', file: values.verify, format };
  }
  if (positionals[1] !== undefined && values.export === undefined)
    throw new UsageError('One run is only told apart with --export FILE.');
  return {
    name: 'runs',
    ...target(positionals[0], values),
    format,
    exportTo: values.export ?? null,
    run: positionals[1] ?? null,
  };
}

function checks(args: readonly string[]): Command {
  const { values, positionals } = parse(args, { ...common, format: { type: 'string' } }, 1);
  if (values.help === true) return { name: 'help', topic: 'checks' };
  return {
    name: 'checks',
    home: values.home ?? null,
    id: positionals[0] ?? null,
    format: oneOf(values.format, ['text', 'json'], '--format', 'text'),
  };
}
