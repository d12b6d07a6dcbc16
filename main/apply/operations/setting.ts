import type { OperationOf } from '../../../shared/plan/operation.ts';
import { alterSystem } from '../../../shared/plan/statements.ts';
import { ApplyRefused, StepFailed } from '../apply-error.ts';
import type { OperationHandler, Prepared, Preparation } from '../prepared-step.ts';
import { prepareSettingInFile } from './setting-in-file.ts';

type SettingOperation = OperationOf<'setting'>;

/** The file that ALTER SYSTEM writes. */
const autoConfig = (dataDirectory: string): string =>
  `${dataDirectory.replace(/\/+$/, '')}/postgresql.auto.conf`;

interface AutoRow {
  readonly name: string;
  readonly setting: string | null;
  readonly error: string | null;
  readonly context: string;
}

/**
 * pg_file_settings calls a new value that needs a restart an error too ("setting could not be applied"), so that word
 * counts only where a reload would do.
 */
const readBack = `SELECT f.name, f.setting, f.error, coalesce(s.context, 'user') AS context
  FROM pg_file_settings f LEFT JOIN pg_settings s ON lower(s.name) = lower(f.name)
  WHERE lower(f.name) = lower($1) AND f.sourcefile LIKE '%/postgresql.auto.conf' ORDER BY f.seqno DESC LIMIT 1`;

function prepareAlterSystem(operation: SettingOperation, preparation: Preparation): Prepared {
  const path = autoConfig(preparation.cluster.dataDirectory);
  const file = preparation.file(path);
  if (file.sha256 === null) throw new ApplyRefused(`${path} does not exist.`, 'Check the data folder.');
  const undo = preparation.undoFile(path);
  // Only before the first one is it known what has to stand in the file.
  const first = preparation.first('auto-config');
  const statement = alterSystem(operation.name, operation.value);
  return {
    undo: [undo],
    server: operation.effect,
    save: [],
    texts: [],
    budgetSeconds: 5,
    async run(tools) {
      const session = await tools.session();
      await tools.change(
        first && undo.kind === 'file'
          ? [
              `same "$RUN/backup/${undo.slot}" '${file.realPath.replaceAll("'", `'\\''`)}' || { echo 'postgresql.auto.conf was changed by somebody else meanwhile' >&2; spare ${undo.slot}; }`,
            ]
          : [],
      );
      tools.log('sql', statement);
      await session.query(statement, undefined, { signal: tools.signal });
      const rows = (await session.query(readBack, [operation.name], {
        signal: tools.signal,
      })) as readonly unknown[];
      const row = rows[0] as AutoRow | undefined;
      if (operation.value === null) {
        if (row !== undefined) throw new StepFailed(`${operation.name} still stands in postgresql.auto.conf`);
        return 'reset';
      }
      if (row === undefined) throw new StepFailed(`${operation.name} does not stand in postgresql.auto.conf`);
      if (row.error !== null && row.context !== 'postmaster') {
        throw new StepFailed(`The server refuses ${operation.name} = ${operation.value}: ${row.error}`);
      }
      return operation.effect === 'restart'
        ? 'written, waits for the restart'
        : 'written, waits for the reload';
    },
  };
}

/** A setting of the server, by ALTER SYSTEM or in the file whose line is in force. Undone from a byte copy. */
export const settingHandler: OperationHandler<SettingOperation> = {
  reads: (operation, cluster) =>
    operation.via === 'file'
      ? [{ path: operation.file ?? cluster.configFile, content: true }]
      : [{ path: autoConfig(cluster.dataDirectory), content: false }],
  prepare: (operation, preparation) =>
    operation.via === 'file'
      ? prepareSettingInFile(operation, preparation)
      : prepareAlterSystem(operation, preparation),
};
