import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { quoteShell } from '../../shared/lib/quoting.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import { discoveryFunctions } from '../postgres/discovery-script.ts';
import { neededSettings } from './define-collector.ts';
import type { ShellProbe } from './define-collector.ts';
import { probeLibrary, runnerLibrary, settingsFromFiles } from './shell-library.ts';

/** A shell probe under the name that its output is found by: `subject.probe`. */
export interface NamedShellProbe {
  readonly name: string;
  readonly probe: ShellProbe;
}

export interface ScriptRequest {
  readonly probes: readonly NamedShellProbe[];
  /** Runs `pc_discover` as a probe of the name `discovery`. */
  readonly discover: boolean;
  /** For probes that need the cluster; null leaves their variables empty. */
  readonly cluster: Cluster | null;
  /** Values for the variables S_NAME; null lets the script read the configuration files. */
  readonly settings: ReadonlyMap<string, string> | null;
  /** Compresses the output where gzip exists: over a slow link the output is most of the time. */
  readonly compress: boolean;
}

export interface BuiltScript {
  readonly text: string;
  /**
   * The same packed into half the bytes, so that it travels in one flight; prints `unpack-failed` where the host has no
   * gzip or base64.
   */
  readonly packed: string;
  /** The random line start that separates the frames. */
  readonly boundary: string;
}

/** The names of the variables of a script that read its settings from files, as it prints them: `NAME=value`. */
const usedVariables = [
  'PC_DATA',
  'PC_CONFIG',
  'PC_HBA',
  'PC_IDENT',
  ...neededSettings.map((name) => `S_${name}` as const),
] as const;
const printUsed = usedVariables.map((name) => `printf "%s=%s\\n" ${name} "$${name}" >&9`).join('; ');

/** A boundary that no content can know. */
export function newBoundary(): string {
  return `PC${randomBytes(16).toString('hex')}`;
}

/** Builds one sh script out of many probes. Its output is read by `parseFrames`. */
export function buildScript(request: ScriptRequest): BuiltScript {
  const boundary = newBoundary();
  const needsSettings = request.cluster !== null && request.settings === null;
  const body = [
    ...(request.discover ? [`pc_inline discovery 'pc_discover >&9'`] : []),
    ...(needsSettings ? [`pc_inline pc.used '${printUsed}'`] : []),
    ...request.probes.map(({ name, probe }) => probeLine(name, probe)),
    `printf '\\n%s end\\n' "$pc_b" >&9`,
  ].join('\n');
  const parts = [
    scriptHead(boundary),
    ...(request.discover || needsSettings ? [discoveryFunctions] : []),
    ...(request.cluster === null ? [] : [clusterVariables(request.cluster)]),
    ...(needsSettings ? [settingsFromFiles, 'pc_settings_from_files', exportSettings] : []),
    ...(request.settings === null ? [] : [settingVariables(request.settings), exportSettings]),
    `pc_main() {\n${body}\n}`,
    request.compress
      ? `if command -v gzip >/dev/null 2>&1; then printf '%s gzip\\n' "$pc_b"; pc_main 9>&1 >/dev/null | gzip -c
else printf '%s plain\\n' "$pc_b"; pc_main 9>&1 >/dev/null; fi`
      : `printf '%s plain\\n' "$pc_b"; pc_main 9>&1 >/dev/null`,
  ];
  const text = `${parts.join('\n')}\n`;
  return { text, packed: pack(text), boundary };
}

export const unpackFailed = 'unpack-failed';

function pack(text: string): string {
  const bytes = gzipSync(Buffer.from(text), { level: 9 }).toString('base64');
  return `pc_script=$(printf %s '${bytes}' | base64 -d 2>/dev/null | gzip -dc 2>/dev/null)
if [ -n "$pc_script" ]; then eval "$pc_script"; else echo ${unpackFailed}; fi
`;
}

/** The start that every script has: locale, search path, libraries. `boundary` is a word of sh. */
export function scriptHead(boundary: string): string {
  return `LC_ALL=C; export LC_ALL; PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH; export PATH; umask 077
pc_nl='
'
pc_b=${boundary} pc_walked= pc_walk_count=0
pc_library=${quoteShell(probeLibrary.trim())}
eval "$pc_library"
${runnerLibrary.trim()}`;
}

/** The call that runs one probe. */
export function probeLine(name: string, probe: ShellProbe): string {
  return probe.inline
    ? `pc_inline ${name} ${quoteShell(probe.script.trim())}`
    : `pc_run ${name} ${probe.capBytes + 1} ${probe.seconds} ${probe.as} ${quoteShell(probe.script.trim())}`;
}

export const exportSettings = `export ${neededSettings.map((name) => `S_${name}`).join(' ')}`;
export const exportCluster =
  'export PC_DATA PC_CONFIG PC_HBA PC_IDENT PC_OWNER PC_PORT PC_BIN PC_MAJOR PC_UNIT';

function clusterVariables(cluster: Cluster): string {
  const unit = cluster.service.kind === 'systemd' ? cluster.service.unit : '';
  return `${assignments({
    PC_DATA: cluster.dataDirectory,
    PC_CONFIG: cluster.configFile,
    PC_HBA: cluster.hbaFile,
    PC_IDENT: cluster.identFile,
    PC_OWNER: cluster.owner,
    PC_PORT: String(cluster.port),
    PC_BIN: cluster.binDirectory,
    PC_MAJOR: String(cluster.major),
    PC_UNIT: unit,
  })}\n${exportCluster}`;
}

function settingVariables(settings: ReadonlyMap<string, string>): string {
  return assignments(
    Object.fromEntries(neededSettings.map((name) => [`S_${name}`, settings.get(name) ?? ''])),
  );
}

function assignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoteShell(value.replaceAll('\0', ''))}`)
    .join('\n');
}
