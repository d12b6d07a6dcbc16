import { createHash } from 'node:crypto';
import { z } from 'zod';
import { absent, collected } from '../../shared/facts/fact.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import { factSetSchema, factsSchemaVersion } from '../../shared/facts/facts.ts';
import type { FactsFile } from '../../shared/facts/facts.ts';
import type { Listener } from '../../shared/facts/network.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import { HostError } from '../host/host.ts';
import { windowsOutputMark } from './windows-script.ts';

const text = z.string().nullish();
const outputSchema = z.object({
  Mark: z.literal(windowsOutputMark),
  Time: z.iso.datetime(),
  Computer: text,
  User: text,
  Architecture: text,
  System: text,
  Version: text,
  Firewall: z.looseObject({
    Addresses: z
      .array(z.object({ InterfaceAlias: text, IPAddress: text, PrefixLength: z.number().int() }))
      .nullish(),
    Listeners: z
      .array(
        z.object({
          LocalAddress: text,
          LocalPort: z.number().int(),
          Process: z.number().nullish(),
          Path: text,
        }),
      )
      .nullish(),
  }),
  Clusters: z
    .array(
      z.object({
        Service: text,
        Account: text,
        State: text,
        PathName: text,
        Data: z.string(),
        Version: text,
        /** The bytes of pg_hba.conf in base64. */
        Hba: text,
      }),
    )
    .nullish(),
});
type Output = z.infer<typeof outputSchema>;

/** True for a value of JSON.parse that the PowerShell script wrote. */
export function isWindowsOutput(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'Mark' in json && json.Mark === windowsOutputMark;
}

/** Windows PowerShell writes some lists as `{"value": […], "Count": 2}`. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return value;
  return 'value' in value && 'Count' in value && Array.isArray(value.value) ? value.value : value;
}

const noCluster = 'no service of PostgreSQL was found on this Windows host';
const notCollected = 'it is not collected on Windows';
const withoutZone = (address: string): string => address.replace(/%.*$/, '');
/** `C:\…\postgres.exe` as other systems name it. */
const processOf = (path: string | null | undefined): string | null =>
  (path ?? '')
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.exe$/i, '') || null;

function listenersOf({ Firewall: { Listeners } }: Output): readonly Listener[] | null {
  return (
    Listeners?.map((one) => ({
      address: withoutZone(one.LocalAddress ?? ''),
      port: one.LocalPort,
      process: processOf(one.Path),
      pid: one.Process ?? null,
    })) ?? null
  );
}

function clusterOf(
  { Data, Version, Account, State, PathName }: NonNullable<Output['Clusters']>[number],
  listeners: readonly Listener[] | null,
): Cluster {
  const ports = (listeners ?? []).filter(({ process }) => /^(postgres|edb-postgres)/.test(process ?? ''));
  const file = (name: string): string => `${Data}\\${name}`;
  return {
    id: Data,
    name: Data.split('\\').at(-1) ?? Data,
    major: Number.parseInt(Version ?? '', 10) || 0,
    port: ports[0]?.port ?? 5432,
    dataDirectory: Data,
    owner: Account ?? '',
    running: /^running$/i.test(State ?? ''),
    socketDirectories: [],
    configFile: file('postgresql.conf'),
    hbaFile: file('pg_hba.conf'),
    identFile: file('pg_ident.conf'),
    binDirectory: /^"?(.*)\\pg_ctl/i.exec(PathName ?? '')?.[1] ?? '',
    psql: null,
    service: { kind: 'pg_ctl' },
    origin: 'layout',
    managedBy: null,
  };
}

function hbaFileOf(path: string, base64: string | null | undefined) {
  const bytes = base64 === null || base64 === undefined ? null : Buffer.from(base64, 'base64');
  return {
    role: 'pg_hba.conf' as const,
    path,
    status: {
      path,
      type: bytes === null ? ('missing' as const) : ('file' as const),
      mode: 0,
      owner: '',
      group: '',
      sizeBytes: bytes?.length ?? 0,
      modifiedAt: 0,
      hasAcl: false,
      target: null,
    },
    text: bytes?.toString('latin1') ?? null,
    sha256: bytes === null ? null : createHash('sha256').update(bytes).digest('hex'),
    problem: bytes === null ? 'it could not be read' : null,
  };
}

/**
 * The facts in the output of the PowerShell script: the network of the host and the rules of the first cluster. All else
 * is absent, so that checks of it are not assessed.
 *
 * @throws HostError 'not-found' with the first thing that is wrong in it.
 */
export function readWindowsOutput(json: unknown): FactsFile {
  const plain: unknown = JSON.parse(JSON.stringify(json), (_, value: unknown) => unwrapped(value));
  const parsed = outputSchema.safeParse(plain);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new HostError(
      'not-found',
      `the output of the PowerShell script cannot be used: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
      'Run the script again on the host.',
    );
  }
  const output = parsed.data;
  const { Time, Computer, User, Architecture, System, Version, Firewall, Clusters } = output;
  const hostname = printable(Computer ?? 'windows');
  const listeners = listenersOf(output);
  const found = Clusters?.map((one) => clusterOf(one, listeners)) ?? [];
  const cluster = found[0] ?? null;
  const others = Object.fromEntries(
    Object.keys(factSetSchema.shape).map((name) => [name, absent(notCollected)]),
  );
  const facts = factSetSchema.parse({
    ...others,
    system: collected({
      hostname,
      kernel: Version ?? '',
      architecture: Architecture ?? '',
      distribution: 'windows',
      distributionLike: [],
      distributionVersion: Version ?? '',
      prettyName: System ?? 'Windows',
      loginUser: User ?? '',
      ranAsRoot: true,
      systemd: false,
      time: Time,
      container: null,
    }),
    clusters: collected(found),
    cluster: cluster === null ? absent(noCluster) : collected(cluster),
    configurationFiles:
      cluster === null ? absent(noCluster) : collected([hbaFileOf(cluster.hbaFile, Clusters?.[0]?.Hba)]),
    listeners: listeners === null ? absent('the listening ports could not be read') : collected(listeners),
    interfaces:
      Firewall.Addresses === null || Firewall.Addresses === undefined
        ? absent('the addresses could not be read')
        : collected(
            Firewall.Addresses.map(({ InterfaceAlias, IPAddress, PrefixLength }) => ({
              name: /^loopback/i.test(InterfaceAlias ?? '') ? 'lo' : (InterfaceAlias ?? ''),
              address: withoutZone(IPAddress ?? ''),
              prefix: PrefixLength,
            })),
          ),
    firewall: collected({
      nftRulesetJson: null,
      nftRuleset: null,
      iptablesSave: null,
      ip6tablesSave: null,
      iptablesLegacySave: null,
      ipsetSave: null,
      windowsJson: JSON.stringify(Firewall),
      ufw: null,
      firewalld: null,
      units: [],
      files: [],
      installed: [],
    }),
  });
  return {
    schemaVersion: factsSchemaVersion,
    tool: windowsOutputMark,
    target: {
      kind: 'recorded',
      key: `recorded:${hostname}`,
      label: hostname,
      address: null,
      clientAddress: null,
      privilege: 'root',
    },
    startedAt: Time,
    finishedAt: Time,
    facts,
  };
}
