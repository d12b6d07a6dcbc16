import { assertNever } from '../lib/assert-never.ts';
import type { Effect, Operation } from './operation.ts';
import type { RequestedOperation } from './merge.ts';

/** Settings whose change can end a client's way in: guarded. */
const cuttingSettings =
  /^(listen_addresses|port|unix_socket_|ssl|hba_file|ident_file|max_connections|superuser_reserved|reserved_connections|authentication_timeout|krb_|db_user_namespace|password_encryption)/;

/** What can only work once a preloaded library is there: custom settings and extensions that need it. */
function needsRestartFirst(operation: Operation): boolean {
  if (operation.kind === 'setting') return operation.via === 'alter-system' && operation.name.includes('.');
  return operation.kind === 'sql' && operation.changes.some((change) => change.kind === 'extension-added');
}

/**
 * The place of an operation among all: what others build on comes first, what can cut somebody off comes last, so that
 * a failure on the way has changed as little as possible.
 */
function rank(operation: Operation): number {
  if (needsRestartFirst(operation)) return operation.kind === 'sql' ? 85 : 86;
  switch (operation.kind) {
    case 'package':
      return 10;
    case 'certificate':
      return 20;
    case 'file-mode':
      return 30;
    case 'sql':
      return 40;
    case 'setting':
      return operation.effect === 'restart' ? 55 : 50;
    case 'hba':
      return 60;
    case 'reload':
      return 70;
    case 'restart':
      return 80;
    case 'firewall':
      return 90;
    case 'file':
      // Folders for sockets have to be there before the restart that uses them.
      return operation.path.startsWith('/etc/tmpfiles.d/') ? 35 : 95;
    default:
      return assertNever(operation, 'operation');
  }
}

const reloadAfter = (operation: Operation): boolean =>
  operation.kind === 'setting' || operation.kind === 'hba' || operation.kind === 'certificate';

export interface OrderOptions {
  /** Restart within this plan when something needs it. */
  readonly includeRestart: boolean;
}

/** Puts operations into the order in which they run, with one reload and, where wanted, one restart in their places. */
export function orderOperations(
  merged: readonly RequestedOperation[],
  options: OrderOptions,
): readonly RequestedOperation[] {
  const own = merged.filter(({ operation }) => operation.kind !== 'reload' && operation.kind !== 'restart');
  const sorted = own
    .map((item, index) => ({ item, index }))
    .sort((a, b) => rank(a.item.operation) - rank(b.item.operation) || a.index - b.index)
    .map(({ item }) => item);
  const early = sorted.filter(({ operation }) => rank(operation) < 70);
  const middle = sorted.filter(({ operation }) => rank(operation) > 80 && rank(operation) < 90);
  const late = sorted.filter(({ operation }) => rank(operation) >= 90);
  const asked = merged.filter(({ operation }) => operation.kind === 'restart');
  const waiting = early.filter(
    ({ operation }) => operation.kind === 'setting' && operation.effect === 'restart',
  );
  const reasons = [
    ...asked.flatMap(({ operation }) => (operation.kind === 'restart' ? operation.reasons : [])),
    ...waiting.map(({ operation }) => (operation.kind === 'setting' ? operation.name : '')),
  ];
  const restart: RequestedOperation[] =
    asked.length > 0 || (options.includeRestart && waiting.length > 0)
      ? [
          {
            operation: { kind: 'restart', reasons: [...new Set(reasons)] },
            fixes: fixesOf([...asked, ...waiting]),
          },
        ]
      : [];
  return [...early, ...reload(early), ...restart, ...middle, ...reload(middle), ...late];
}

function reload(items: readonly RequestedOperation[]): readonly RequestedOperation[] {
  const causes = items.filter(({ operation }) => reloadAfter(operation));
  return causes.length === 0 ? [] : [{ operation: { kind: 'reload' }, fixes: fixesOf(causes) }];
}

const fixesOf = (items: readonly RequestedOperation[]): string[] => [
  ...new Set(items.flatMap(({ fixes }) => fixes)),
];

/** Could it cut somebody off? Then the guard has to stand before it runs. */
export function isGuarded(operation: Operation): boolean {
  switch (operation.kind) {
    case 'hba':
    case 'firewall':
    case 'file':
    case 'restart':
    case 'reload':
      return true;
    case 'setting':
      return cuttingSettings.test(operation.name);
    case 'sql':
      return operation.changes.some(
        (change) =>
          change.kind === 'role' || change.kind === 'membership-removed' || change.kind === 'database-revoke',
      );
    case 'file-mode':
    case 'certificate':
    case 'package':
      return false;
    default:
      return assertNever(operation, 'operation');
  }
}

/** An upgrade of packages is the one thing that no backup of ours brings back. */
export function isReversible(operation: Operation): boolean {
  return !(operation.kind === 'package' && operation.action === 'upgrade');
}

export function effectOf(operation: Operation): Effect {
  switch (operation.kind) {
    case 'setting':
      return operation.effect;
    case 'hba':
    case 'reload':
    case 'certificate':
      return 'reload';
    case 'restart':
      return 'restart';
    default:
      return 'live';
  }
}

/** The step in words, as an act. */
export function titleOf(operation: Operation): string {
  switch (operation.kind) {
    case 'setting':
      return operation.value === null ? `Reset ${operation.name}` : `Set ${operation.name}`;
    case 'hba':
      return `Write ${fileName(operation.file)}`;
    case 'file-mode':
      return `Restrict ${fileName(operation.path)}`;
    case 'file':
      return operation.content === null
        ? `Remove ${fileName(operation.path)}`
        : `Write ${fileName(operation.path)}`;
    case 'sql':
      return `SQL in ${operation.database}`;
    case 'firewall':
      return operation.rulesStay === true
        ? `Store the rules of ${operation.manager}`
        : `Firewall: ${operation.manager}, port ${operation.port}`;
    case 'certificate':
      return 'Make a key and a certificate';
    case 'package':
      return `${operation.action === 'install' ? 'Install' : 'Upgrade'} ${operation.names.join(', ')}`;
    case 'reload':
      return 'Reload PostgreSQL';
    case 'restart':
      return 'Restart PostgreSQL';
    default:
      return assertNever(operation, 'operation');
  }
}

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
