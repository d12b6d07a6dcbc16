import { join } from 'node:path';
import fc from 'fast-check';
import { enter, refusedClients } from '../../shared/access/cut-off.ts';
import type { Client } from '../../shared/access/cut-off.ts';
import type { FactSet } from '../../shared/facts/facts.ts';
import { applyHbaEdits } from '../../shared/hba/edit.ts';
import { bytesOfText } from '../../shared/lib/text-bytes.ts';
import { accessChange } from '../../shared/plan/cut-off.ts';
import type { Operation } from '../../shared/plan/operation.ts';
import { simulate } from '../../shared/plan/simulate.ts';
import {
  drawnChange,
  hbaText,
  identText,
  operationsOf,
  oracleClient,
  ownLine,
  settingChange,
  wordsText,
} from './prediction-cases.ts';
import type { OracleChange } from './prediction-cases.ts';
import { startPredictionServer } from './prediction-server.ts';
import type { PredictionServer } from './prediction-server.ts';

/** How much is tried on one server. A case is one client judged against one change. */
export interface PredictionSize {
  readonly seed: number;
  readonly files: number;
  readonly changes: number;
  readonly clients: number;
  /** Changes of what is listened on, each a restart. */
  readonly restarts: number;
}

export interface PredictionCounts {
  readonly major: number;
  readonly cases: number;
  /** Clients that got in before and are refused after, by the prediction and in truth. */
  readonly refused: number;
  readonly stillIn: number;
  readonly refusedBefore: number;
  /** Refused in truth or not, where the prediction said "possible": a rule names a host. */
  readonly possible: number;
  readonly byGate: Readonly<Record<string, number>>;
  readonly differences: readonly string[];
}

/** Applies generated changes to a live server and compares who gets in, before and after, with the prediction. */
export async function runPrediction(major: number, size: PredictionSize): Promise<PredictionCounts> {
  const target = await startPredictionServer(major);
  const tally = new Tally(major);
  try {
    await target.server.write('pg_ident.conf', Buffer.from(bytesOfText(identText), 'latin1'));
    await target.server.write('words', wordsText);
    await target.admin().query('ALTER SYSTEM SET ssl = on');
    const file = fc.record({
      text: hbaText,
      clients: fc.array(oracleClient, { minLength: size.clients, maxLength: size.clients }),
      changes: fc.array(drawnChange, { minLength: size.changes, maxLength: size.changes }),
    });
    for (const { text, clients, changes } of fc.sample(file, {
      numRuns: size.files,
      seed: size.seed + major,
    })) {
      const before = await load(target, text);
      const were = await loginAll(target, clients);
      const path = join(target.server.dataDirectory, 'pg_hba.conf');
      for (const drawn of changes) {
        const operations = operationsOf(drawn, path, text, major);
        const hba = operations.find(({ kind }) => kind === 'hba');
        const edited = hba?.kind === 'hba' ? applyHbaEdits(text, hba.edits, { path, major }) : null;
        // Two drawn edits may not go together; then nothing may be written.
        if (edited !== null && !edited.ok) continue;
        await change(target, drawn.others, edited?.text ?? text);
        const are = await loginAll(target, clients);
        await undo(target, drawn.others);
        tally.compare(before, operations, clients, were, are, edited?.text ?? text);
      }
    }
    await tryRestarts(target, size, tally);
    return tally.counts();
  } finally {
    await target.stop();
  }
}

async function load(target: PredictionServer, text: string): Promise<FactSet> {
  await target.server.write('pg_hba.conf', Buffer.from(text, 'latin1'));
  await target.server.reload();
  return target.facts({ 'pg_hba.conf': text, 'pg_ident.conf': bytesOfText(identText), words: wordsText });
}

async function change(
  target: PredictionServer,
  others: readonly OracleChange[],
  text: string,
): Promise<void> {
  for (const statement of others.flatMap(({ statements }) => statements))
    await target.admin().query(statement);
  await target.server.write('pg_hba.conf', Buffer.from(text, 'latin1'));
  await target.server.reload();
}

async function undo(target: PredictionServer, others: readonly OracleChange[]): Promise<void> {
  for (const statement of others.flatMap(({ inverse }) => inverse)) await target.admin().query(statement);
  await target.admin().query('ALTER SYSTEM SET ssl = on');
}

async function loginAll(
  { login }: PredictionServer,
  clients: readonly Client[],
): Promise<readonly boolean[]> {
  const verdicts: boolean[] = [];
  // A few at a time, well below max_connections.
  for (let start = 0; start < clients.length; start += 6)
    verdicts.push(...(await Promise.all(clients.slice(start, start + 6).map(login))));
  return verdicts;
}

/** What is listened on needs a restart, so these changes are few, and every client tries them. */
async function tryRestarts(target: PredictionServer, size: PredictionSize, tally: Tally): Promise<void> {
  const text = `${ownLine}local all all trust\nhost all all all trust\nhost replication all all trust\n`;
  const clients = fc.sample(oracleClient, { numRuns: size.clients, seed: size.seed });
  const values = ['127.0.0.1', '::1', '', 'localhost', '127.0.0.9'].slice(0, size.restarts);
  for (const value of values) {
    const before = await load(target, text);
    const were = await loginAll(target, clients);
    const listen = settingChange('listen_addresses', value, 'restart');
    await target.admin().query(listen.statements[0] ?? '');
    await target.restart();
    const are = await loginAll(target, clients);
    await target.admin().query(listen.inverse[0] ?? '');
    await target.restart();
    tally.compare(before, listen.operations, clients, were, are, `listen_addresses = '${value}'`);
  }
}

class Tally {
  readonly #major: number;
  readonly #counts = { cases: 0, refused: 0, stillIn: 0, refusedBefore: 0, possible: 0 };
  readonly #byGate: Record<string, number> = {};
  readonly #differences: string[] = [];

  constructor(major: number) {
    this.#major = major;
  }

  counts(): PredictionCounts {
    return { major: this.#major, ...this.#counts, byGate: this.#byGate, differences: this.#differences };
  }

  compare(
    before: FactSet,
    operations: readonly Operation[],
    clients: readonly Client[],
    were: readonly boolean[],
    are: readonly boolean[],
    text: string,
  ): void {
    const states = accessChange(before, simulate(before, operations).facts, operations);
    clients.forEach((client, index) => {
      const [was, is] = [were[index] === true, are[index] === true];
      this.#counts.cases += 1;
      const first = enter(states.before, client, null);
      const used = first.verdict === 'allowed' ? first.rule : null;
      const second = enter(states.after, client, used);
      const [named] = refusedClients(states.before, states.after, [client]);
      const unclear = [first, second].some(
        (entry) => entry.verdict === 'refused' && entry.certainty === 'possible',
      );
      if (unclear) {
        this.#counts.possible += 1;
        return;
      }
      const wrong =
        (first.verdict === 'allowed') !== was ||
        (second.verdict === 'allowed') !== is ||
        (named !== undefined) !== (was && !is) ||
        (named !== undefined && named.certainty !== 'certain');
      if (wrong) {
        const said = { before: first, after: second, named: named?.because ?? null };
        const truth = { before: was, after: is };
        this.#differences.push(JSON.stringify({ text, client, said, truth, operations }, null, 1));
      }
      if (named !== undefined) this.#byGate[named.gate] = (this.#byGate[named.gate] ?? 0) + 1;
      if (!was) this.#counts.refusedBefore += 1;
      else if (is) this.#counts.stillIn += 1;
      else this.#counts.refused += 1;
    });
  }
}
