import type { FactSet, FactValue } from '../../facts/facts.ts';
import type { FileStatus } from '../../facts/files.ts';
import { isOn, settingValue } from '../../checks/support/settings.ts';
import { quoteShell } from '../../lib/quoting.ts';
import type { Operation } from '../../plan/operation.ts';
import { defineFix } from '../define-fix.ts';
import { allOffered, notOffered, offered, settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';
import { newCertificate } from './certificate.ts';

type ModeChange = Pick<Extract<Operation, { kind: 'file-mode' }>, 'mode' | 'owner' | 'group'>;

function modeOperation({ path, mode, owner, group }: FileStatus, change: ModeChange): Operation | null {
  const same =
    (change.mode ?? mode) === mode && (change.owner ?? owner) === owner && (change.group ?? group) === group;
  return same ? null : { kind: 'file-mode', path, ...change, previous: { mode, owner, group } };
}

/**
 * What makes key and folder private again. A key of root keeps its group, which may read it, as the server does; every
 * other key becomes the server's own. A folder loses the right to write of others.
 */
function keyModes({ key }: FactValue<'tlsFiles'>, { owner }: FactValue<'cluster'>): readonly Operation[] {
  const { status, folder } = key;
  const keyChange: ModeChange =
    status.owner === 'root'
      ? { mode: status.mode & 0o640, owner: null, group: null }
      : { mode: status.mode & 0o600, owner: status.owner === owner ? null : owner, group: null };
  const open =
    (folder.mode & 0o002) !== 0 || ((folder.mode & 0o020) !== 0 && !['root', owner].includes(folder.group));
  const changes = [
    modeOperation(status, keyChange),
    open ? modeOperation(folder, { mode: folder.mode & ~0o022, owner: null, group: null }) : null,
  ];
  return changes.filter((change) => change !== null);
}

export const privateKeyMode = defineFix({
  id: 'tls-key-private',
  resolves: ['tls-key-perms'],
  title: 'Make the private key readable by the server only',
  description:
    'Mode and owner of the key, and of its folder where needed, are set so that PostgreSQL accepts them and nobody else can read or replace the key.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['tlsFiles', 'cluster'],
  offer: ({ tlsFiles, cluster }) => {
    if (/^\/(tmp|var\/tmp|dev\/shm)?$/.test(tlsFiles.key.folder.path)) {
      return notOffered('The folder is shared by all accounts. Move the key to a folder of the server.');
    }
    return keyModes(tlsFiles, cluster).length > 0
      ? offered
      : notOffered('Other services read the key by its group. Give PostgreSQL a key of its own.');
  },
  choices: () => [],
  plan({ tlsFiles, cluster }) {
    const operations = keyModes(tlsFiles, cluster);
    return operations.length > 0
      ? { ok: true, operations }
      : { ok: false, reason: 'Mode and owner are as they should be.' };
  },
});

/** The command prints the file that holds the passphrase. */
const commandOf = ({ program, file }: { program: string; file: string }): string =>
  `${program} ${quoteShell(file)}`;

/** True when an earlier fix of the same plan makes another key. */
function keyIsReplaced(tlsFiles: FactValue<'tlsFiles'>, inspected: string): boolean {
  return tlsFiles.key.status.path !== inspected;
}

function inspectedKey(finding: {
  readonly subjects: readonly { kind: string; name: string }[];
}): string | null {
  return finding.subjects.find(({ kind }) => kind === 'file')?.name ?? null;
}

/** The program of an encrypted key made root's own, and called at reloads: what a sound program needs no new key for. */
function soundProgram(
  { settings, cluster, tlsFiles }: Pick<FactValues, 'settings' | 'cluster' | 'tlsFiles'>,
  preferences: Parameters<typeof setting>[0]['preferences'],
): readonly Operation[] {
  const program = tlsFiles.passphraseProgram;
  const change =
    program === null || program.type === 'missing'
      ? null
      : modeOperation(program, {
          mode: program.mode & ~0o022,
          owner: program.owner === 'root' ? null : 'root',
          group: null,
        });
  const reload = isOn(settings, 'ssl_passphrase_command_supports_reload')
    ? null
    : setting({ settings, cluster, preferences }, 'ssl_passphrase_command_supports_reload', 'on');
  return [change, reload].filter((operation) => operation !== null);
}

interface FactValues {
  readonly settings: FactValue<'settings'>;
  readonly cluster: FactValue<'cluster'>;
  readonly system: FactValue<'system'>;
  readonly tlsFiles: FactValue<'tlsFiles'>;
}

const printsItself = /^\s*(?:\/\S*\/)?(?:echo|printf)\b/;

/** Whether the finding can be settled without a new key. */
function keepsKey({ settings, tlsFiles }: Pick<FactValues, 'settings' | 'tlsFiles'>): boolean {
  const command = settingValue(settings, 'ssl_passphrase_command') ?? '';
  const program = tlsFiles.passphraseProgram;
  return (
    tlsFiles.key.encrypted === true &&
    !printsItself.test(command) &&
    program !== null &&
    program.type !== 'missing'
  );
}

function encryptedKey(
  facts: FactValues,
  preferences: Parameters<typeof setting>[0]['preferences'],
  all: FactSet,
): Operation[] {
  const place = { settings: facts.settings, cluster: facts.cluster, preferences };
  const made = newCertificate(facts.cluster, facts.system, all, true);
  const { passphrase } = made;
  return [
    made,
    ...(passphrase === null ? [] : [setting(place, 'ssl_passphrase_command', commandOf(passphrase))]),
    setting(place, 'ssl_passphrase_command_supports_reload', 'on'),
    setting(place, 'ssl_cert_file', made.certificatePath),
    setting(place, 'ssl_key_file', made.keyPath),
  ];
}

export const keyPassphrase = defineFix({
  id: 'tls-key-passphrase',
  resolves: ['tls-key-passphrase'],
  title: 'Protect the private key by a passphrase',
  description:
    'A new key with a passphrase and a self-signed certificate are made on the host. The passphrase stands in a file of its own that only the server can read: leave that file out of backups. Clients that keep a copy of the old certificate need the new one.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  safe: false,
  needs: ['settings', 'cluster', 'system', 'tlsFiles'],
  offer: (facts) =>
    allOffered(
      settable(facts.settings, ['ssl_cert_file', 'ssl_key_file', 'ssl_passphrase_command']),
      keepsKey(facts) || facts.tlsFiles.certificate.certificate?.selfSigned === true
        ? offered
        : notOffered(
            'The certificate is from an authority, so its key has to stay. Encrypt it by hand: openssl pkey -aes-256-cbc.',
          ),
    ),
  choices: () => [],
  plan(facts, finding, _answers, preferences, all) {
    const key = inspectedKey(finding);
    if (key !== null && keyIsReplaced(facts.tlsFiles, key)) {
      return {
        ok: false,
        reason: 'Another fix of this plan makes a new key. Apply that one first, then this one.',
      };
    }
    const operations = keepsKey(facts)
      ? soundProgram(facts, preferences)
      : encryptedKey(facts, preferences, all);
    return operations.length > 0
      ? { ok: true, operations }
      : { ok: false, reason: 'Nothing is left to change here; see "By hand".' };
  },
});
