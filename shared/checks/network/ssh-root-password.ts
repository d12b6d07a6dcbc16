import { z } from 'zod';
import type { Sshd } from '../../facts/network.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { listOf } from '../support/words.ts';

interface Weakness {
  readonly setting: string;
  readonly note: string;
}

const first = ({ settings }: Sshd, name: string): string => settings[name]?.[0]?.toLowerCase() ?? '';

/** True when a password alone is enough for a login: methods without a key or a ticket beside it. */
function passwordAlone(sshd: Sshd): readonly Weakness[] {
  // `any` or a list of ways; a way such as `publickey,password` asks for both.
  const ways = (sshd.settings['authenticationmethods'] ?? ['any'])
    .flatMap((value) => value.split(/\s+/))
    .filter((way) => way !== '');
  const alone = (method: string) =>
    ways.some((way) => way === 'any' || way.split(',').every((step) => step.split(':')[0] === method));
  // Up to OpenSSH 8.6 keyboard-interactive had another name.
  const interactive = ['kbdinteractiveauthentication', 'challengeresponseauthentication'].find(
    (name) => first(sshd, name) === 'yes',
  );
  return [
    ...(first(sshd, 'passwordauthentication') === 'yes' && alone('password')
      ? [{ setting: 'passwordauthentication', note: 'a password is enough for a login' }]
      : []),
    ...(interactive !== undefined && first(sshd, 'usepam') === 'yes' && alone('keyboard-interactive')
      ? [{ setting: interactive, note: 'PAM may ask for a password alone' }]
      : []),
  ];
}

function rootWeakness(sshd: Sshd, rootWithKey: boolean): readonly Weakness[] {
  const value = first(sshd, 'permitrootlogin');
  if (value === 'yes') return [{ setting: 'permitrootlogin', note: 'root may log in' }];
  const withKey = ['prohibit-password', 'without-password', 'forced-commands-only'].includes(value);
  return withKey && !rootWithKey ? [{ setting: 'permitrootlogin', note: 'root may log in with a key' }] : [];
}

const shown = [
  'permitrootlogin',
  'passwordauthentication',
  'kbdinteractiveauthentication',
  'challengeresponseauthentication',
  'authenticationmethods',
  'pubkeyauthentication',
];

export const sshRootPassword = defineCheck({
  id: 'ssh-root-password',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'SSH takes keys, and root does not log in with a password',
    fail: 'SSH takes passwords or lets root in',
    topic: 'Logins by SSH as root or with a password',
  },
  why: 'Who is root on the host owns the database, whatever PostgreSQL asks for. SSH is reached by the same networks and is tried by machines day and night. A password can be guessed, a key cannot.',
  misuse: [
    'Programs try lists of passwords against port 22, root first.',
    'One reused password is enough for a login.',
    'From there sudo -u postgres psql opens every database.',
  ],
  byHand: [
    'Put your key there and try it in a second window: ssh-copy-id deploy@db1, then ssh -o PasswordAuthentication=no deploy@db1',
    'Write to /etc/ssh/sshd_config.d/00-keys-only.conf: PermitRootLogin prohibit-password, PasswordAuthentication no, KbdInteractiveAuthentication no',
    'Check before it counts: sshd -t',
    'systemctl reload ssh, keep this session open, and log in anew.',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('ssh-tunnels.html', 'Secure connections with SSH tunnels')],
  },
  needs: ['sshd'],
  parameters: z.object({
    /** Whether root may log in with a key. */
    rootWithKey: z.boolean().default(true),
  }),
  judge({ sshd }, { parameters }) {
    if (!sshd.running) return { status: 'not-applicable', summary: 'No SSH server is running on this host.' };
    if (Object.keys(sshd.settings).length === 0) {
      return { status: 'not-assessed', summary: 'The effective settings of sshd could not be read.' };
    }
    const weak = [...rootWeakness(sshd, parameters.rootWithKey), ...passwordAlone(sshd)];
    const notes = new Map(weak.map(({ setting, note }) => [setting, note]));
    const evidence = [
      tableEvidence(
        ['sshd -T', 'Value', 'Note'],
        shown
          .filter((name) => sshd.settings[name] !== undefined)
          .map((name) => [name, sshd.settings[name]?.join(' ') ?? '', notes.get(name) ?? '']),
      ),
    ];
    if (weak.length === 0) {
      return {
        status: 'pass',
        summary: 'A key is needed. Match blocks of sshd_config are not judged.',
        evidence,
      };
    }
    const root = notes.has('permitrootlogin');
    return {
      status: 'fail',
      title:
        root && weak.length > 1
          ? 'Root and passwords are let in by SSH'
          : root
            ? 'Root may log in by SSH'
            : 'A password is enough for a login by SSH',
      summary: `${listOf(weak.map(({ setting, note }) => `${setting} ${first(sshd, setting)}: ${note}`))}.`,
      evidence,
      subjects: weak.map(({ setting }) => ({ kind: 'sshd-setting', name: setting })),
    };
  },
});
