import type { FileSetting, HbaViewRow, Setting } from '../facts/cluster.ts';
import { collected } from '../facts/fact.ts';
import type { FactSet } from '../facts/facts.ts';
import type { Listener } from '../facts/network.ts';
import { applyHbaEdits } from '../hba/edit.ts';
import type { HbaRule } from '../hba/types.ts';
import { formatAddressField, formatOption } from '../hba/write.ts';
import { assertNever } from '../lib/assert-never.ts';
import { addCertificate } from './added-certificate.ts';
import { applyFactChange, mapFact } from './fact-changes.ts';
import type { Operation, OperationOf } from './operation.ts';
import { hbaRules } from './read-rules.ts';
import { isAutoConfig } from '../config/auto-config.ts';
import { waitsForRestart, withoutFileRows } from './simulate-files.ts';
import { firewallAfter } from './simulate-firewall.ts';
import { splitList } from '../config/lists.ts';
import { sshdAfter } from './simulate-sshd.ts';

/** Facts as they would be after operations, and the checks whose outcome cannot be computed but is expected to pass. */
export interface Simulation {
  readonly facts: FactSet;
  readonly expected: ReadonlySet<string>;
}

/** Predicts the facts after operations ran in this order. What really is then only a new scan tells. */
export function simulate(facts: FactSet, operations: readonly Operation[]): Simulation {
  const expected = new Set<string>();
  let predicted = facts;
  for (const operation of operations) {
    predicted = step(predicted, operation);
    if (operation.kind === 'firewall' || operation.kind === 'package' || operation.kind === 'file')
      operation.expects?.forEach((check) => expected.add(check));
  }
  return { facts: predicted, expected };
}

function step(facts: FactSet, operation: Operation): FactSet {
  switch (operation.kind) {
    case 'setting':
      return changeSetting(facts, operation);
    case 'hba':
      return changeHba(facts, operation);
    case 'file-mode':
      return changeMode(facts, operation);
    case 'file':
      return mapFact(facts, 'sshd', (sshd) => sshdAfter(sshd, operation));
    case 'sql':
      return operation.changes.reduce(applyFactChange, facts);
    case 'certificate':
      return addCertificate(facts, operation);
    case 'restart':
      return restart(facts);
    case 'firewall':
      return mapFact(facts, 'firewall', (firewall) => firewallAfter(firewall, operation));
    case 'package':
      return facts;
    case 'reload':
      return loaded(facts);
    default:
      return assertNever(operation, 'operation');
  }
}

function changeSetting(facts: FactSet, operation: OperationOf<'setting'>): FactSet {
  const isReset = operation.value === null && operation.via === 'alter-system';
  const wrote = (row: FileSetting): boolean => row.name === operation.name && isAutoConfig(row);
  // ALTER SYSTEM RESET: the line of a file decides again, or the built-in value where there is none.
  if (isReset && facts.fileSettings.state === 'collected' && facts.fileSettings.value.some(wrote))
    return withoutFileRows(facts, wrote, operation.effect);
  const written = mapFact(facts, 'fileSettings', (rows) => [
    ...rows.map((row) => (row.name === operation.name ? { ...row, applied: false } : row)),
    {
      sourceFile: operation.file,
      sourceLine: null,
      name: operation.name,
      value: operation.value,
      applied: true,
      error: null,
    },
  ]);
  return mapFact(written, 'settings', (settings) => {
    const known = settings.some((setting) => setting.name === operation.name);
    return known
      ? settings.map((setting) => (setting.name === operation.name ? changed(setting, operation) : setting))
      : [...settings, custom(operation)];
  });
}

function changed(setting: Setting, operation: OperationOf<'setting'>): Setting {
  if (operation.effect === 'restart') return { ...setting, pendingRestart: true };
  return {
    ...setting,
    value: operation.value ?? setting.bootValue ?? '',
    source: operation.value === null ? 'default' : 'configuration file',
  };
}

/** A setting that the server learns only with the library that brings it. */
function custom(operation: OperationOf<'setting'>): Setting {
  return {
    name: operation.name,
    value: operation.value ?? '',
    unit: null,
    type: 'string',
    context: 'superuser',
    source: 'configuration file',
    sourceFile: operation.file,
    sourceLine: null,
    bootValue: null,
    enumValues: null,
    pendingRestart: false,
  };
}

/** The server has read its files by then: the time of its load is that of the newest file, or of the inspection. */
function loaded(facts: FactSet): FactSet {
  const files = facts.configurationFiles.state === 'collected' ? facts.configurationFiles.value : [];
  const now = facts.system.state === 'collected' ? Date.parse(facts.system.value.time) : 0;
  const newest = Math.max(now, ...files.map(({ status }) => status.modifiedAt * 1000 + 1000));
  return mapFact(facts, 'server', (server) =>
    Number.isFinite(newest) && newest > Date.parse(server.loadedAt)
      ? { ...server, loadedAt: new Date(newest).toISOString() }
      : server,
  );
}

/** After a restart every waiting value is in force, and what hangs on it follows. */
function restart(before: FactSet): FactSet {
  const facts = mapFact(loaded(before), 'fileSettings', (rows) =>
    rows.map((row) =>
      waitsForRestart.test(row.error ?? '') && isPending(before, row.name)
        ? { ...row, applied: true, error: null }
        : row,
    ),
  );
  const files = facts.fileSettings.state === 'collected' ? facts.fileSettings.value : [];
  const written = new Map(
    files.filter((row) => row.name !== null && row.error === null).map((row) => [row.name, row.value]),
  );
  const settings = facts.settings.state === 'collected' ? facts.settings.value : [];
  const waiting = new Set(
    settings.filter((setting) => setting.pendingRestart).map((setting) => setting.name),
  );
  const restarted = mapFact(facts, 'settings', (rows) =>
    rows.map((setting) =>
      setting.pendingRestart
        ? { ...setting, pendingRestart: false, value: written.get(setting.name) ?? setting.bootValue ?? '' }
        : setting,
    ),
  );
  return moveSockets(waiting.has('listen_addresses') ? moveListeners(restarted) : restarted, waiting);
}

function isPending({ settings }: FactSet, name: string | null): boolean {
  return (
    settings.state === 'collected' &&
    settings.value.some((setting) => setting.name === name && setting.pendingRestart)
  );
}

function settingValue(facts: FactSet, name: string): string | null {
  if (facts.settings.state !== 'collected') return null;
  return facts.settings.value.find((setting) => setting.name === name)?.value ?? null;
}

const listenAddresses: Readonly<Record<string, readonly string[]>> = {
  '*': ['0.0.0.0', '::'],
  localhost: ['127.0.0.1', '::1'],
};

function moveListeners(facts: FactSet): FactSet {
  const port = Number(settingValue(facts, 'port'));
  const wanted = (settingValue(facts, 'listen_addresses') ?? '').split(',').map((word) => word.trim());
  const addresses = wanted.filter((word) => word !== '').flatMap((word) => listenAddresses[word] ?? [word]);
  return mapFact(facts, 'listeners', (listeners) => {
    const present: Listener | undefined = listeners.find((listener) => listener.port === port);
    const others = listeners.filter((listener) => listener.port !== port);
    return [
      ...others,
      ...addresses.map((address) => ({ address, port, process: present?.process ?? 'postgres', pid: null })),
    ];
  });
}

function moveSockets(facts: FactSet, waiting: ReadonlySet<string>): FactSet {
  const mode = waiting.has('unix_socket_permissions')
    ? parseInt(settingValue(facts, 'unix_socket_permissions') ?? '', 8)
    : NaN;
  const group = waiting.has('unix_socket_group') ? settingValue(facts, 'unix_socket_group') : null;
  // Sockets in folders that are new cannot be told of; those that are left behind are gone.
  const kept = waiting.has('unix_socket_directories')
    ? (splitList(settingValue(facts, 'unix_socket_directories') ?? '', 'directories') ?? [])
    : null;
  return mapFact(facts, 'unixSockets', (sockets) =>
    sockets
      .filter(({ directory }) => kept?.includes(directory) ?? true)
      .map((socket) => ({
        ...socket,
        socket: {
          ...socket.socket,
          mode: Number.isNaN(mode) ? socket.socket.mode : mode,
          group: group === null || group === '' ? socket.socket.group : group,
        },
      })),
  );
}

/** The new text of a file once its edits are made, and the view that the server would show of it. */
function changeHba(facts: FactSet, operation: OperationOf<'hba'>): FactSet {
  const edited = mapFact(facts, 'configurationFiles', (files) =>
    files.map((file) => {
      if (file.path !== operation.file || file.text === null) return file;
      const result = applyHbaEdits(file.text, operation.edits, { path: file.path, major: operation.major });
      return result.ok ? { ...file, text: result.text, sha256: null } : file;
    }),
  );
  const after = changeFileView(changeIdentView(edited, operation), operation);
  const rules = hbaRules(after, operation.major);
  return rules === null ? after : { ...after, hbaView: collected(rules.map(viewRow)) };
}

/** What the view says of lines of pg_ident.conf that are commented out goes with them. */
function changeIdentView(facts: FactSet, { file, edits }: OperationOf<'hba'>): FactSet {
  const main = facts.cluster.state === 'collected' ? facts.cluster.value.identFile : null;
  const gone = new Set(edits.flatMap((edit) => (edit.kind === 'disable' ? edit.line : [])));
  return mapFact(facts, 'identView', (rows) =>
    rows.filter((row) => (row.file ?? main) !== file || !gone.has(row.line)),
  );
}

/** Lines of postgresql.conf that are commented out go from the view of the settings in the same way. */
function changeFileView(facts: FactSet, { file, edits }: OperationOf<'hba'>): FactSet {
  const gone = new Set(edits.flatMap((edit) => (edit.kind === 'disable' ? edit.line : [])));
  return withoutFileRows(
    facts,
    (row) => row.sourceFile === file && row.sourceLine !== null && gone.has(row.sourceLine),
    'reload',
  );
}

function viewRow(rule: HbaRule): HbaViewRow {
  const network = rule.address?.kind === 'network' ? rule.address : null;
  return {
    file: rule.file,
    line: rule.line,
    type: rule.type,
    databases: rule.databases.map((token) => token.text),
    users: rule.users.map((token) => token.text),
    address: network?.address ?? (rule.address === null ? null : formatAddressField(rule.address)),
    netmask: network?.netmask ?? null,
    method: rule.method,
    options: rule.options.map(formatOption),
    error: null,
  };
}

interface HasMode {
  readonly path: string;
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
}

const hasMode = (value: object): value is HasMode => 'path' in value && 'mode' in value && 'owner' in value;

/** Every file status of the path, wherever in the facts it stands. */
function changeMode(facts: FactSet, operation: OperationOf<'file-mode'>): FactSet {
  const visit = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(visit);
    if (hasMode(value) && value.path === operation.path) {
      return {
        ...value,
        mode: operation.mode ?? value.mode,
        owner: operation.owner ?? value.owner,
        group: operation.group ?? value.group,
      };
    }
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, visit(child)]));
  };
  const names = ['configurationFiles', 'dataDirectory', 'unixSockets', 'tlsFiles', 'logFiles'] as const;
  return { ...facts, ...Object.fromEntries(names.map((name) => [name, visit(facts[name])])) };
}
