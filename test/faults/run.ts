import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hostsAvailable } from '../hosts/hosts.ts';
import type { Suite } from '../hosts/hosts.ts';
import { bundleChild } from './bundle.ts';
import type { CellResult } from './cell.ts';
import { faults } from './faults.ts';
import { kinds } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { forget, learn, runCell } from './matrix.ts';
import { parsePoint, pointName } from './points.ts';
import { printMatrix, reproduction } from './print.ts';
import { sample } from './sample.ts';
import type { Chosen, Sampling } from './sample.ts';
import { Stage } from './stage.ts';

interface Options {
  readonly kinds: readonly string[];
  readonly faults: readonly string[];
  readonly points: readonly string[];
  readonly hosts: number;
  /** The first host is number 101 and called flt1 unless told. */
  readonly firstIndex: number;
  readonly suite: Suite;
  readonly full: boolean;
  readonly list: boolean;
  readonly verbose: boolean;
}

const usage = `npm run test:faults -- [--kind NAME[,…]] [--fault NAME[,…]] [--point p12-[,…]] [--full] [--hosts N] [--suite SUITE] [--list] [--log]
  kinds:  ${kinds.map(({ name }) => name).join(' ')}
  faults: ${faults.map(({ name }) => name).join(' ')}
  points: p12- before, p12+ after what the program does as its 12th thing; h34- before the 34th command on the host;
          up3-, uh7- the same in the undo that a person asks for; gh7- in the undo by the guard`;

function readOptions(args: readonly string[]): Options {
  const value = (name: string): string | undefined => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  const list = (name: string, known: readonly string[] | null): readonly string[] => {
    const names = (value(name) ?? '').split(',').filter((one) => one !== '');
    const strange = known === null ? undefined : names.find((one) => !known.includes(one));
    if (strange !== undefined) throw new Error(`${name} ${strange} is not known.\n${usage}`);
    return names;
  };
  return {
    kinds: list(
      '--kind',
      kinds.map(({ name }) => name),
    ),
    faults: list(
      '--fault',
      faults.map(({ name }) => name),
    ),
    points: list('--point', null).map((text) =>
      pointName(parsePoint(/[-+]$/.test(text) ? text : `${text}-`)),
    ),
    hosts: Number(value('--hosts') ?? 8),
    firstIndex: Number(value('--first-index') ?? 101),
    suite: (value('--suite') ?? 'bookworm') as Suite,
    full: args.includes('--full'),
    list: args.includes('--list'),
    verbose: args.includes('--log'),
  };
}

const usual: Sampling = { ownEvery: 96, sharedBy: 24, each: 1 };
const whole: Sampling = { ownEvery: 1, sharedBy: 1, each: 12 };

/** Kinds whose runs take longest begin first: one that began last would hold up the end by all of its time. */
const slow = ['certificate', 'restart', 'package', 'nft', 'firewalld', 'ufw', 'iptables', 'sql-outside'];
const slowness = ({ name }: Kind): number => (slow.includes(name) ? slow.length - slow.indexOf(name) : 0);

const firstLines = (text: string): string => text.split('\n').slice(0, 8).join('\n    ');

/** Part of a kind's cells, done on one host. */
interface Job {
  readonly kind: Kind;
  readonly part: number;
  readonly parts: number;
}

function choose(
  { kind, part, parts }: Job,
  known: Awaited<ReturnType<typeof learn>>,
  options: Options,
): readonly Chosen[] {
  const wanted = faults.filter(({ name }) => options.faults.length === 0 || options.faults.includes(name));
  const cells =
    options.points.length > 0
      ? wanted.flatMap((fault): Chosen[] =>
          fault.inPlan === true
            ? [{ fault, known: null }]
            : known
                .filter(({ point }) => options.points.includes(pointName(point)))
                .map((one) => ({ fault, known: one })),
        )
      : sample(kinds.indexOf(kind), known, wanted, options.full ? whole : usual);
  return cells.filter((_, index) => index % parts === part);
}

/**
 * The fault matrix: every kind of operation through the real engine, over real ssh, on real hosts, broken by every
 * fault. Prints a line for each red cell and the matrix at the end. Gives the exit code.
 */
export async function runFaults(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const options = readOptions(args);
  const missing = hostsAvailable();
  if (missing !== null) {
    console.error(`No test host can run here: ${missing}`);
    return 1;
  }
  const began = Date.now();
  const child = await bundleChild();
  const results: CellResult[] = [];
  const record = join('test-results', 'faults.jsonl');
  await mkdir('test-results', { recursive: true });
  await rm(record, { force: true });
  const chosen = kinds.filter(({ name }) => options.kinds.length === 0 || options.kinds.includes(name));
  const parts = options.points.length + options.faults.length > 0 || options.list ? 1 : options.full ? 6 : 2;
  const jobs = Array.from({ length: parts }, (_, part) => chosen.map((kind): Job => ({ kind, part, parts })))
    .flat()
    .sort((one, other) => slowness(other.kind) - slowness(one.kind));
  let broken = 0;

  const work = async (worker: number): Promise<void> => {
    const name = `flt${options.firstIndex - 100 + worker}`;
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { kind } = job;
      let stage: Stage | null = null;
      try {
        stage = await Stage.open(kind, name, options.firstIndex + worker, options.suite);
        const known = await learn(stage);
        if (options.list) {
          for (const { point, title } of known) console.log(`${kind.name} ${pointName(point)} ${title}`);
          continue;
        }
        for (const one of choose(job, known, options)) {
          if (stage === null) {
            stage = await Stage.open(kind, name, options.firstIndex + worker, options.suite);
            await learn(stage);
          }
          const { result, log } = await runCell(stage, one.fault, one.known, child);
          results.push(result);
          await appendFile(
            record,
            `${JSON.stringify({ ...result, log: result.problem === null ? undefined : log })}\n`,
          );
          if (result.problem !== null) {
            console.log(
              `RED ${reproduction(result)}   # ${result.pointTitle}\n    ${firstLines(result.problem)}`,
            );
            if (options.verbose) console.log(log);
          }
          if (result.problem !== null) {
            await stage.close();
            stage = null;
          } else await forget(stage);
        }
      } catch (error) {
        broken += 1;
        console.log(
          `RED ${kind.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      } finally {
        await stage?.close().catch(() => undefined);
      }
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(options.hosts, jobs.length) }, (_, worker) => work(worker)),
  );
  await rm(child, { force: true });
  if (options.list) return 0;
  printMatrix(
    results,
    chosen.map(({ name }) => name),
    Date.now() - began,
  );
  return broken > 0 || results.some(({ problem }) => problem !== null) || results.length === 0 ? 1 : 0;
}
