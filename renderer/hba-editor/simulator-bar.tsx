import { useMemo } from 'react';
import { whoGetsWhichLine, type LineAnswer } from '../../shared/hba/editor/simulate.ts';
import { showHba } from '../store/hba-editor-actions.ts';
import type { HbaQuestion } from '../store/hba-editor.ts';
import { useStore } from '../store/state.ts';
import { SelectField } from '../ui/field.tsx';
import type { HbaModel } from './use-model.ts';
import styles from './hba-editor.module.css';

const ways = [
  { id: 'tls', label: 'with TLS' },
  { id: 'plain', label: 'without TLS' },
  { id: 'replication-tls', label: 'replication, with TLS' },
  { id: 'replication', label: 'replication, without TLS' },
] as const;

const verdicts: Readonly<Record<LineAnswer['verdict'], string>> = {
  refused: 'Refused',
  asked: 'May prove who it is',
  'let-in': 'Let in at once',
  unknown: 'Not known',
};

/** Who gets which line? One client, held against the file as it is and as it is edited. */
export function SimulatorBar({ model }: { readonly model: HbaModel }) {
  const question = useStore((state) => state.hba.question);
  const { ground, now, later, file } = model;
  const isReplication = question.way.startsWith('replication');
  const complete =
    question.role !== '' && question.address !== '' && (isReplication || question.database !== '');
  const answers = useMemo(() => {
    if (!complete) return null;
    const client = {
      role: question.role,
      database: question.database,
      address: question.address,
      tls: question.way.endsWith('tls'),
      replication: isReplication,
    };
    return {
      now: whoGetsWhichLine(client, ground, now),
      later: whoGetsWhichLine(client, ground, later),
    };
  }, [complete, question, isReplication, ground, now, later]);
  // The same line may have another number once it is edited.
  const isSame =
    answers !== null &&
    answers.now.words === answers.later.words &&
    answers.now.verdict === answers.later.verdict;
  const set = (change: Partial<HbaQuestion>) => showHba({ question: { ...question, ...change } });
  const word = (name: 'role' | 'database' | 'address', label: string, placeholder: string, list?: string) => (
    <input
      className={styles.word}
      aria-label={label}
      placeholder={placeholder}
      spellCheck={false}
      maxLength={200}
      list={list}
      value={question[name]}
      onChange={(event) => set({ [name]: event.target.value })}
    />
  );
  return (
    <div className={styles.ask} role="search" aria-label="Who gets which line?">
      <div className={styles.question}>
        <span className="strong">Who gets which line?</span>
        {word('role', 'Role', 'role', 'hba-roles')}
        {!isReplication && (
          <>
            <span className="second">to</span>
            {word('database', 'Database', 'database', 'hba-databases')}
          </>
        )}
        <span className="second">from</span>
        {word('address', 'Address, or local for the Unix socket', '10.1.2.3 or local')}
        <SelectField
          label="How"
          hideLabel
          compact
          value={question.way}
          options={ways}
          onChange={(way) => set({ way })}
        />
      </div>
      <Names id="hba-roles" names={ground.roles?.map(({ name }) => name) ?? []} />
      <Names id="hba-databases" names={ground.databases ?? []} />
      <div role="status" className={styles.answers}>
        {answers !== null &&
          (isSame ? [answers.later] : [answers.now, answers.later]).map((answer, index) => (
            <Answer
              key={index}
              label={model.state === 'same' ? 'Now' : isSame ? 'Both' : index === 0 ? 'Now' : 'Edited'}
              answer={answer}
              path={isSame || index === 1 ? file.path : null}
            />
          ))}
      </div>
    </div>
  );
}

function Names({ id, names }: { readonly id: string; readonly names: readonly string[] }) {
  return (
    <datalist id={id}>
      {names.slice(0, 500).map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}

function Answer({
  label,
  answer,
  path,
}: {
  readonly label: string;
  readonly answer: LineAnswer;
  /** Where its line can be shown: the file that is open; null for the file as it was. */
  readonly path: string | null;
}) {
  const { rule } = answer;
  const canOpen = rule !== null && rule.file === path;
  return (
    <p className={styles.answer}>
      <span className={`small quiet ${styles.when}`}>{label}</span>
      <span className="selectable">
        <b>{verdicts[answer.verdict]}.</b> {answer.words}
        {canOpen && (
          <>
            {' '}
            <button type="button" className="link" onClick={() => showHba({ row: -rule.line })}>
              Show the line
            </button>
          </>
        )}
      </span>
    </p>
  );
}
