import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** A PostgreSQL 15, one before the latest security release, and a PostgreSQL 17; the others are built when asked for. */
export type Suite = 'bookworm' | 'trixie' | 'bookworm-old' | 'bullseye' | 'sid';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Whose rights the command has: root unless told. */
  readonly user?: 'root' | 'postgres' | 'admin' | 'ops' | 'plain';
  readonly input?: string;
  /** Milliseconds; 60 s unless told. */
  readonly timeout?: number;
}

/** A running host: systemd, sshd, PostgreSQL and firewalls of its own, and no way to the outside. */
export interface TestHost {
  readonly name: string;
  readonly suite: Suite;
  /** Its IPv4 address; the test side has `.1`, `.10` and `.20` of the same network. */
  readonly address: string;
  /** The name of the interface on the test side. */
  readonly link: string;
  /** The process id of its systemd, seen from here; another one after a reboot. */
  readonly leader: () => number;
  /** Its file tree, seen from here. Read only what no mount inside hides; to write, use writeFile. */
  readonly root: string;
  /** The private key that logs in to each account. */
  readonly key: string;
  /** Runs a shell command inside, past sshd and firewall, and never throws for its exit code. */
  readonly exec: (command: string, options?: CommandOptions) => Promise<CommandResult>;
  /** The same, but throws unless the command succeeds; gives back standard output without the last newline. */
  readonly run: (command: string, options?: CommandOptions) => Promise<string>;
  /** SQL as the superuser through the socket; rows with `|` between columns. Throws when it fails. */
  readonly psql: (sql: string, database?: string) => Promise<string>;
  readonly readFile: (path: string) => Promise<string>;
  /** Keeps owner and mode of a file that is there. */
  readonly writeFile: (path: string, content: string) => Promise<void>;
  /** Restarts the whole host; firewall rules that nothing restores are gone after it. Hard: as if the power failed. */
  readonly reboot: (options?: { readonly hard?: boolean }) => Promise<void>;
  /** Makes it distant: a round trip takes this much longer, also after a reboot. 0 takes the delay away. */
  readonly delay: (milliseconds: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface HostRequest {
  readonly suite: Suite;
  /** At most 20 letters, digits and dashes; one per running host. */
  readonly name: string;
  /** 1 to 254, one per running host: the third number of its address. */
  readonly index: number;
  /** Waits for the end of the boot (3 s) instead of for sshd and PostgreSQL only (0.5 s). */
  readonly running?: boolean;
}

const script = join(dirname(fileURLToPath(import.meta.url)), 'testhost.sh');

const descriptionSchema = z.object({
  name: z.string(),
  host: z.string(),
  leader: z.number(),
  root: z.string(),
  key: z.string(),
});

let reason: string | null | undefined;

/** Why no test host can run on this machine, or null when they can. */
export function hostsAvailable(): string | null {
  if (reason === undefined) {
    const check = spawnSync('bash', [script, 'check'], { encoding: 'utf8' });
    reason = check.status === 0 ? null : check.stdout.trim() || 'bash is not installed';
  }
  return reason;
}

function runProgram(
  program: string,
  args: readonly string[],
  { input = '', timeout = 60_000, env = process.env }: CommandOptions & { readonly env?: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ exitCode: code ?? 137, ...output });
    });
    // A command that ends without reading its input closes the pipe early.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

async function runScript(args: readonly string[], running = false): Promise<string> {
  const env = { ...process.env, WAIT: running ? 'running' : '' };
  const result = await runProgram('bash', [script, ...args], { timeout: 300_000, env });
  if (result.exitCode !== 0)
    throw new Error(`testhost.sh ${args.join(' ')}: ${result.stderr || result.stdout}`);
  return result.stdout;
}

/** Starts a fresh host. One of the same name that an interrupted test left behind is stopped first. */
export async function startHost(request: HostRequest): Promise<TestHost> {
  const { suite, name, index, running = false } = request;
  const parse = (line: string) => descriptionSchema.parse(JSON.parse(line));
  const started = parse(await runScript(['up', name, String(index), suite], running));
  const link = `th${index}`;
  let leader = started.leader;

  const exec = (command: string, options: CommandOptions = {}): Promise<CommandResult> => {
    const user = options.user ?? 'root';
    const asUser = user === 'root' ? [] : ['runuser', '-u', user, '--'];
    const clean = [
      'env',
      '-i',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'LC_ALL=C.UTF-8',
    ];
    const args = ['-t', String(leader), '-a', ...asUser, ...clean, 'sh', '-c', command];
    return runProgram('nsenter', args, options);
  };
  const run = async (command: string, options: CommandOptions = {}): Promise<string> => {
    const result = await exec(command, options);
    if (result.exitCode === 0) return result.stdout.replace(/\n$/, '');
    throw new Error(`${name}: ${command}: exit code ${result.exitCode}: ${result.stderr || result.stdout}`);
  };
  const atPath = (path: string) => `'${path.replaceAll("'", `'\\''`)}'`;

  return {
    name,
    suite,
    address: started.host,
    link,
    leader: () => leader,
    root: started.root,
    key: started.key,
    exec,
    run,
    psql: (sql, database = 'postgres') =>
      run(`psql -X -A -t -q -v ON_ERROR_STOP=1 -d ${atPath(database)} -f -`, {
        user: 'postgres',
        input: sql,
      }),
    readFile: async (path) => {
      const result = await exec(`cat -- ${atPath(path)}`);
      if (result.exitCode !== 0) throw new Error(`${name}: ${result.stderr}`);
      return result.stdout;
    },
    writeFile: async (path, content) => {
      await run(`cat > ${atPath(path)}`, { input: content });
    },
    reboot: async ({ hard = false } = {}) => {
      const before = leader;
      await exec(hard ? 'systemctl reboot --force --force' : 'systemctl reboot');
      leader = parse(await runScript(['ready', name, String(before)], running)).leader;
    },
    delay: async (milliseconds) => {
      await runScript(['delay', name, String(milliseconds)]);
    },
    stop: async () => {
      await runScript(['down', name]);
    },
  };
}

/** Builds the bases that the tests need, unless they are there (a minute and a half, once per machine). */
export async function buildBases(): Promise<void> {
  if (hostsAvailable() !== null) return;
  const result = await runProgram('bash', [script, 'bases'], { timeout: 900_000 });
  if (result.exitCode !== 0)
    throw new Error(`The bases of the test hosts could not be built:\n${result.stderr}`);
}

/** This machine's copy of the host's file, for comparing bytes. */
export function hostFile(host: TestHost, path: string): Buffer {
  return readFileSync(join(host.root, path));
}

/** Puts a file into the host's tree from outside, bytes as they are. */
export function putHostFile(host: TestHost, path: string, content: Uint8Array): void {
  writeFileSync(join(host.root, path), content);
}
