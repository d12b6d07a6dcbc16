import type {
  Connection,
  FixOffer,
  KnownTarget,
  Preview,
  Settings,
} from '../../../shared/contract/values.ts';
import type { ApplyEvent, ReviewItem, RunRecord } from '../../../shared/contract/apply.ts';
import type { Evidence, Finding, Pillar, Severity, Status } from '../../../shared/findings/finding.ts';
import type { Report } from '../../../shared/report/model.ts';
import { scoreOf, summarize } from '../../../shared/report/score.ts';
import type { Replies } from './fake-backend.ts';

const now = '2026-11-22T14:31:00.000Z';

const titles: readonly (readonly [Pillar, Severity, Status, string, string, boolean])[] = [
  ['network', 'critical', 'fail', 'fw-pg-port-any', 'Port 5432 is open to any source', true],
  ['network', 'critical', 'fail', 'hba-trust-host', 'The office network needs no password', true],
  ['network', 'high', 'fail', 'hba-any-address', 'One rule accepts any address', true],
  ['network', 'high', 'fail', 'hba-nontls-remote', 'Remote rules do not require TLS', true],
  ['network', 'high', 'fail', 'hba-superuser-remote', 'Superusers can log in over the network', true],
  ['network', 'high', 'fail', 'tcp-listen-any', 'PostgreSQL listens on every interface', true],
  ['network', 'medium', 'manual', 'ssh-tunnel-path', 'Remote administration over SSH', false],
  ['network', 'low', 'not-assessed', 'fw-egress', 'Outbound rules of user postgres', false],
  ['network', 'medium', 'pass', 'uds-permissions', 'The Unix socket is for the right group', false],
  ['transport', 'high', 'fail', 'tls-ciphers', 'Ciphers without forward secrecy allowed', true],
  ['transport', 'medium', 'fail', 'tls-cert-expiry', 'The certificate expires in 9 days', false],
  ['transport', 'low', 'pass', 'tls-dh-params', 'The parameters for DH are its own', false],
  ['database', 'high', 'fail', 'role-superuser-count', 'reporting is a superuser', true],
  [
    'database',
    'high',
    'fail',
    'priv-public-schema-create',
    'Everyone may create objects in schema public',
    true,
  ],
  ['database', 'medium', 'fail', 'rls-no-policy', 'A table with row level security has no policy', false],
  ['database', 'high', 'pass', 'role-bypassrls', 'No application role bypasses row level security', false],
  ['platform', 'high', 'fail', 'patch-minor', 'PostgreSQL 15.10 lacks ten minor releases', true],
  ['platform', 'medium', 'pass', 'os-pgdata-perms', 'The data folder is private', false],
  ['logging', 'medium', 'fail', 'log-connections', 'Connections are not logged', true],
  ['logging', 'high', 'fail', 'log-line-prefix', 'Log lines do not name the client', true],
  ['secrets', 'high', 'fail', 'pwd-md5-verifiers', 'Two roles have md5 verifiers', false],
  ['secrets', 'medium', 'not-assessed', 'log-password-scan', 'Passwords in the server log', false],
];

const hbaEvidence: Evidence = {
  kind: 'file',
  path: '/etc/postgresql/15/main/pg_hba.conf',
  lines: [
    { number: 111, text: '# office', marked: false },
    { number: 112, text: 'host  all  all  10.20.4.0/24  trust', marked: true },
  ],
};

function finding([pillar, severity, status, check, title, fix]: (typeof titles)[number]): Finding {
  return {
    check,
    pillar,
    severity,
    status,
    title,
    summary:
      status === 'not-assessed'
        ? '41 GB of logs; reading stopped at the limit of 512 MB.'
        : 'Line 112 of pg_hba.conf lets the network 10.20.4.0/24 in as any role, without a password.',
    subjects:
      status === 'fail' ? [{ kind: 'hba-line', name: '/etc/postgresql/15/main/pg_hba.conf:112' }] : [],
    evidence:
      status !== 'fail'
        ? []
        : [
            hbaEvidence,
            {
              kind: 'setting',
              name: 'ssl_min_protocol_version',
              value: 'TLSv1',
              wanted: 'TLSv1.2 or TLSv1.3',
              source: '/etc/postgresql/15/main/postgresql.conf:108',
            },
            {
              kind: 'table',
              columns: ['role', 'database', 'last login'],
              rows: [
                ['shop_app', 'shop', 'today 02:10'],
                ['<b>reporting</b>', 'warehouse', '3 sessions now'],
              ],
              total: 14,
            },
          ],
    why: 'trust skips authentication: the client names any role and becomes it, postgres included. It is like a receptionist who hands over the master key to everyone who is already in the building.',
    misuse: [
      'Any device there runs psql -h db1 -U postgres.',
      'It is superuser at once: reads and changes all.',
      'COPY … TO PROGRAM then runs commands on the host.',
    ],
    byHand: [
      'Open pg_hba.conf as root.',
      'Write scram-sha-256 in place of trust on line 112.',
      'Reload PostgreSQL.',
    ],
    fixes: fix ? [`fix-${check}`] : [],
    references: {
      cis: ['5.4 (14-17)'],
      stig: ['CD12-00-000500'],
      documentation: [
        { title: 'Trust authentication', url: 'https://www.postgresql.org/docs/15/auth-trust.html' },
      ],
    },
    waiver: null,
  };
}

/** A report of many findings: those of the sample, and `extra` more. */
export function sampleReport(extra = 0): Report {
  const findings = titles.map(finding);
  for (let index = 0; index < extra; index += 1) {
    const one = finding(titles[index % titles.length] ?? titles[0]!);
    findings.push({ ...one, check: `${one.check}-${index}`, title: `${one.title} (${index})` });
  }
  return {
    schemaVersion: 1,
    tool: { name: 'Portcullis', version: '0.1.0' },
    target: {
      kind: 'ssh',
      key: 'deploy@db1.example.internal:22',
      label: 'db1.example.internal',
      address: '10.20.31.11',
      privilege: 'sudo',
    },
    host: { hostname: 'db1', system: 'Debian 12', kernel: '6.1.0' },
    server: {
      version: '15.10',
      versionNumber: 150010,
      cluster: '15/main',
      port: 5432,
      dataDirectory: '/var/lib/postgresql/15/main',
    },
    profile: 'baseline',
    startedAt: now,
    finishedAt: '2026-11-22T14:31:06.200Z',
    score: scoreOf(findings),
    summary: summarize(findings),
    findings,
    run: null,
  };
}

/** The report after the fixes: what had one passes. */
export function sampleAfter(): Report {
  const before = sampleReport();
  const findings = before.findings.map((one): Finding =>
    one.fixes.length > 0 && one.check !== 'tcp-listen-any'
      ? { ...one, status: 'pass', title: `Closed: ${one.title}`, subjects: [], evidence: [], fixes: [] }
      : one,
  );
  return {
    ...before,
    findings,
    score: scoreOf(findings),
    summary: summarize(findings),
    finishedAt: '2026-11-22T14:35:00.000Z',
  };
}

export const connection: Connection = {
  target: {
    kind: 'ssh',
    destination: 'deploy@db1.example.internal',
    identityFile: null,
    knownHostsFile: null,
    jump: null,
  },
  key: 'deploy@db1.example.internal:22',
  label: 'db1.example.internal',
  address: '10.20.31.11',
  system: 'Debian 12',
  server: 'PostgreSQL 15.10',
  cluster: '15/main :5432',
  rights: 'sudo as deploy',
  readOnly: false,
  attention: [],
};

const cutOff = [
  {
    role: 'reporting',
    database: 'warehouse',
    address: '10.20.40.15',
    transport: 'TCP without TLS',
    seen: '3 sessions now',
    because: 'no pg_hba line',
    certainty: 'certain',
  },
  {
    role: 'legacy_etl',
    database: 'shop',
    address: '10.9.8.40',
    transport: 'TCP without TLS',
    seen: '14 logins, last today 02:10',
    because: 'no firewall rule',
    certainty: 'possible',
  },
] as const;

/** A fix for each finding that has one. */
export function sampleOffers(): FixOffer[] {
  return titles
    .filter(([, , , , , fix]) => fix)
    .map(([, severity, , check, title], index): FixOffer => {
      const effect = check === 'tcp-listen-any' ? 'restart' : index % 3 === 0 ? 'live' : 'reload';
      const cuts = check === 'fw-pg-port-any' || check === 'hba-any-address';
      return {
        id: `fix-${check}`,
        title: `Close: ${title}`,
        description: 'One rule is replaced. It also settles "Firewall and pg_hba.conf disagree".',
        resolves: [check],
        severity,
        effect,
        reversible: check !== 'patch-minor',
        cutsOff: cuts,
        safe: !cuts && effect !== 'restart' && check !== 'patch-minor',
        choices:
          check === 'fw-pg-port-any'
            ? [
                {
                  kind: 'networks',
                  key: 'networks',
                  label: 'Which networks may connect?',
                  options: [
                    {
                      value: '10.20.30.0/24',
                      label: 'Application servers',
                      seen: 'shop_app, 14 sessions now',
                      chosen: true,
                    },
                    { value: '10.20.4.0/24', label: 'Office', seen: 'your way in (bastion)', chosen: true },
                    {
                      value: '10.20.40.15',
                      label: '10.20.40.15',
                      seen: 'reporting, 3 sessions now',
                      chosen: true,
                    },
                    { value: '10.9.8.40', label: '10.9.8.40', seen: '', chosen: false },
                  ],
                },
              ]
            : check === 'role-superuser-count'
              ? [
                  {
                    kind: 'one',
                    key: 'owner',
                    label: 'Which rights does reporting need?',
                    options: [
                      { value: 'read', label: 'Read everything', seen: 'pg_read_all_data', chosen: true },
                      { value: 'none', label: 'None besides its own', seen: '', chosen: false },
                    ],
                  },
                  {
                    kind: 'text',
                    key: 'note',
                    label: 'Note in the run',
                    value: 'ticket 4711',
                    help: 'Kept in History.',
                  },
                ]
              : [],
        wouldRefuse: check === 'tls-ciphers' ? null : cuts ? [...cutOff] : [],
        unavailable:
          check === 'patch-minor' ? 'The package manager of this host could not be reached.' : null,
      };
    });
}

const hbaBefore = [
  '# Database administrative login by Unix domain socket',
  'local   all             postgres                                peer',
  '',
  '# shop',
  'host    shop            shop_app        10.20.30.0/24           md5',
  'host    shop            shop_ro         10.20.30.0/24           md5',
  '# office',
  'host    all             all             10.20.4.0/24            trust',
  '# temporary, for the reporting migration (mk)',
  'host    all             all             0.0.0.0/0               md5',
  '',
].join('\n');
const hbaAfter = hbaBefore
  .replaceAll('host    shop', 'hostssl shop')
  .replaceAll('md5\nhost', 'scram-sha-256\nhost')
  .replace('10.20.30.0/24           md5', '10.20.30.0/24           scram-sha-256')
  .replace(
    'host    all             all             10.20.4.0/24            trust',
    'hostssl all             all             10.20.4.0/24            scram-sha-256',
  )
  .replace('host    all             all             0.0.0.0/0               md5\n', '');

/** A plan of four steps with its changes. */
export function samplePreview(): Preview {
  const after = sampleAfter();
  const step = (number: number, title: string, effect: 'live' | 'reload' | 'restart', reversible = true) => ({
    number,
    title,
    operation: { kind: 'reload' as const },
    fixes: [],
    effect,
    reversible,
    guarded: true,
  });
  return {
    guard: 'systemd',
    plan: {
      id: 'plan-1',
      targetKey: connection.key,
      targetLabel: connection.label,
      clusterId: '15/main',
      createdAt: now,
      chosen: [],
      steps: [
        step(1, 'SQL in postgres', 'live'),
        step(2, 'Write pg_hba.conf', 'reload'),
        step(3, 'Reload 15/main', 'reload'),
        step(4, 'Firewall, 1 rule', 'live'),
        step(5, 'Install pgaudit', 'live', false),
      ],
      preconditions: [],
      cutOff: [...cutOff],
      restart: { reasons: ['listen_addresses'], included: false },
      notReversible: ['Install pgaudit'],
    },
    restart: null,
    changes: [
      {
        kind: 'sql',
        step: 1,
        title: 'SQL',
        database: 'postgres',
        statements: [
          'ALTER ROLE reporting NOSUPERUSER',
          'GRANT pg_read_all_data TO reporting',
          "ALTER SYSTEM SET log_line_prefix = '%m [%p] %q%u@%d %h %a %e '",
        ],
        inverse: ['ALTER ROLE reporting SUPERUSER'],
      },
      {
        kind: 'diff',
        step: 2,
        title: 'File',
        path: '/etc/postgresql/15/main/pg_hba.conf',
        before: hbaBefore,
        after: hbaAfter,
      },
      {
        kind: 'firewall',
        step: 4,
        title: 'Firewall',
        before: ['ip saddr 10.20.4.0/24 tcp dport 22 accept', 'tcp dport 5432 accept'],
        after: [
          'ip saddr 10.20.4.0/24 tcp dport 22 accept',
          'ip saddr { 10.20.4.0/24, 10.20.30.0/24 } tcp dport 5432 accept',
        ],
        commands: ['nft -f "$RUN/after.nft"'],
      },
      {
        kind: 'commands',
        step: 5,
        title: 'Package',
        as: 'root',
        lines: ['apt-get install -y postgresql-15-pgaudit'],
        undo: [],
      },
    ],
    predicted: {
      score: after.score,
      summary: after.summary,
      open: after.findings
        .filter((one) => one.status === 'fail')
        .map((one) => ({
          check: one.check,
          title: one.title,
          severity: one.severity,
          isNew: one.check === 'tcp-listen-any',
        })),
      closed: [
        { check: 'hba-trust-host', title: 'The office network needs no password', severity: 'critical' },
      ],
    },
  };
}

const minutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

/** A run up to the moment in which it may be kept. */
export function sampleEvents(): readonly ApplyEvent[] {
  const done = (number: number): ApplyEvent => ({
    kind: 'step',
    at: now,
    number,
    state: 'done',
    detail: '',
    elapsedMs: 230,
  });
  const log = (topic: string, text: string): ApplyEvent => ({
    kind: 'log',
    at: now,
    topic,
    step: null,
    text,
  });
  return [
    { kind: 'phase', at: now, phase: 'changing' },
    log('host', 'run 2026-11-22T14-31-07Z, /var/lib/portcullis, root 0700'),
    log('copy', 'pg_hba.conf  4914 bytes  640 postgres:postgres'),
    done(1),
    done(2),
    done(3),
    done(4),
    done(5),
    log('reload', 'pg_hba_file_rules: 12 rules, 0 errors'),
    { kind: 'phase', at: now, phase: 'proving' },
    {
      kind: 'guard',
      at: now,
      guard: 'systemd',
      armed: true,
      deadlineAt: minutesFromNow(2.9),
      counting: true,
    },
    {
      kind: 'proof',
      at: now,
      title: 'New SSH login',
      state: 'passed',
      detail: 'deploy through bastion, sudo works',
      elapsedMs: 900,
    },
    {
      kind: 'proof',
      at: now,
      title: 'New PostgreSQL login',
      state: 'passed',
      detail: 'postgres over the socket: peer, line 90',
      elapsedMs: 110,
    },
    {
      kind: 'proof',
      at: now,
      title: 'From the network without TLS',
      state: 'running',
      detail: '',
      elapsedMs: null,
    },
    { kind: 'phase', at: now, phase: 'waiting' },
  ];
}

/** A run of the history. */
export function sampleRun(state: RunRecord['state'], startedAt = now): RunRecord {
  return {
    id: `run-${startedAt}-${state}`,
    startedAt,
    by: 'mk@laptop',
    title: '12 fixes in 5 steps',
    state,
    guardSeconds: null,
    endedAt: now,
    steps: [{ number: 1, title: 'Write pg_hba.conf', kind: 'hba', reversible: true }],
    finishByHand: [],
    recorded: 'here-and-on-host',
    intact: true,
    problems: [],
    left: [],
  };
}

/** A kept run of which two things were changed since. */
const sampleReview: ReviewItem[] = [
  {
    steps: [1],
    title: 'Write pg_hba.conf',
    kind: 'hba',
    place: '/etc/postgresql/15/main/pg_hba.conf',
    changed: true,
    values: [],
    ran: {
      hunks: [
        {
          oldStart: 96,
          oldLines: 3,
          newStart: 96,
          newLines: 3,
          lines: [
            ' host  all  all  127.0.0.1/32  scram-sha-256',
            '-host  all  all  0.0.0.0/0     trust',
            '+host  all  all  10.0.0.0/8    scram-sha-256',
            ' # replication',
          ],
        },
      ],
      note: '',
    },
    since: {
      hunks: [
        {
          oldStart: 98,
          oldLines: 1,
          newStart: 98,
          newLines: 3,
          lines: [' # replication', '+# the new office', '+host  all  all  192.168.7.0/24  scram-sha-256'],
        },
      ],
      note: '',
    },
    merged: {
      hunks: [
        {
          oldStart: 96,
          oldLines: 3,
          newStart: 96,
          newLines: 3,
          lines: [
            ' host  all  all  127.0.0.1/32  scram-sha-256',
            '-host  all  all  10.0.0.0/8    scram-sha-256',
            '+host  all  all  0.0.0.0/0     trust',
            ' # replication',
          ],
        },
      ],
      note: '',
    },
    choices: ['before', 'merge', 'leave'],
    note: '',
    laterRun: null,
  },
  {
    steps: [2],
    title: 'Set log_connections',
    kind: 'setting',
    place: '/var/lib/postgresql/15/main/postgresql.auto.conf',
    changed: true,
    values: [{ name: 'log_connections', before: 'not set', after: 'on', now: 'off' }],
    ran: null,
    since: null,
    merged: null,
    choices: ['before', 'leave'],
    note: '',
    laterRun: null,
  },
  {
    steps: [3],
    title: 'SQL in shop',
    kind: 'sql',
    place: 'shop',
    changed: false,
    values: [
      {
        name: 'change',
        before: 'GRANT ALL ON SCHEMA public TO PUBLIC',
        after: 'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
        now: 'in force',
      },
    ],
    ran: null,
    since: null,
    merged: null,
    choices: ['before', 'leave'],
    note: '',
    laterRun: null,
  },
];

const known: KnownTarget[] = [
  {
    target: connection.target,
    key: connection.key,
    label: connection.label,
    lastConnectedAt: now,
    server: 'PostgreSQL 15.10',
    lastScore: 49,
    lastOpen: { critical: 2, high: 8, medium: 4, low: 0, info: 0 },
    lastProblem: null,
  },
  {
    target: { kind: 'ssh', destination: 'old-db', identityFile: null, knownHostsFile: null, jump: null },
    key: 'old-db',
    label: 'crm-db-primary.eu-central.example.internal',
    lastConnectedAt: '2026-11-02T10:00:00Z',
    server: null,
    lastScore: null,
    lastOpen: null,
    lastProblem: 'Stopped: host key changed',
  },
  {
    target: { kind: 'practice' },
    key: 'practice',
    label: 'Practice server',
    lastConnectedAt: '2026-10-02T10:00:00Z',
    server: 'PostgreSQL 18.4',
    lastScore: 83,
    lastOpen: { critical: 0, high: 3, medium: 4, low: 0, info: 0 },
    lastProblem: null,
  },
];

export const sampleSettings: Settings = {
  theme: 'system',
  mode: 'guided',
  settingsVia: 'alter-system',
  editManaged: false,
  confirmWithinSeconds: 180,
  keepRuns: 50,
  keepDays: 365,
  profile: 'baseline',
};

/** Answers with which the whole wizard can be walked through. */
export function sampleReplies(change: Replies = {}): Replies {
  return {
    'app.info': { version: '0.1.0', platform: 'linux', home: '/home/mk/.config/portcullis' },
    'settings.get': sampleSettings,
    'profiles.list': [
      { id: 'baseline', title: 'Baseline', description: 'What every server should have.' },
      { id: 'cis', title: 'CIS', description: 'By the numbers of the CIS benchmark.' },
    ],
    'targets.list': {
      known,
      aliases: [
        { alias: 'db1', destination: 'deploy@db1.example.internal', via: 'bastion' },
        { alias: 'db-test', destination: 'postgres@10.20.60.8:2222', via: null },
      ],
    },
    'targets.localClusters': { clusters: [] },
    'practice.status': {
      available: true,
      reason: null,
      created: true,
      running: false,
      version: '18.4',
      directory: '/home/mk/.config/portcullis/practice',
    },
    'connection.open': 'later',
    'scan.start': 'later',
    'scan.judge': sampleReport(),
    'fixes.list': sampleOffers(),
    'plan.build': { ok: true, preview: samplePreview() },
    'plan.mustWork': {
      suggestions: [
        {
          role: 'app',
          address: '10.20.4.17',
          database: 'shop',
          seen: '8 sessions now, 412 logins in the log',
        },
        { role: 'reports', address: '10.20.9.3', database: 'shop', seen: '14 logins in the log' },
      ],
      judged: [],
    },
    'plan.text': { text: 'the plan' },
    'apply.start': 'later',
    'verify.scan': sampleAfter(),
    'history.list': [sampleRun('kept'), sampleRun('rolled-back-by-guard', '2026-11-03T15:52:00Z')],
    'history.changes': { changes: samplePreview().changes, drift: [], review: sampleReview },
    'waivers.list': [],
    'waivers.set': sampleReport(),
    ...change,
  };
}
