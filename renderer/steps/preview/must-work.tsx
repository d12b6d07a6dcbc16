import { Plus } from 'lucide-react';
import { useState } from 'react';
import { mustWorkText, type MustWork } from '../../../shared/access/must-work-entry.ts';
import { counted } from '../../format.ts';
import { setPassword, toggleNamed } from '../../store/must-work-actions.ts';
import { keyOf, refusesNamed, typedEntry } from '../../store/must-work.ts';
import { useStore } from '../../store/state.ts';
import { Button } from '../../ui/button.tsx';
import { Check } from '../../ui/choice.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Field } from '../../ui/field.tsx';
import styles from './must-work.module.css';

/** Who must still get in afterwards: a plan that would refuse one is not applied, a run that does is rolled back. */
export function MustWorkPanel() {
  const view = useStore((state) => state.mustWork);
  const { named, suggestions, judged } = view;
  const rows: readonly { readonly entry: MustWork; readonly seen: string }[] = [
    ...suggestions.map(({ seen, ...entry }) => ({ entry, seen })),
    ...named
      .filter(({ entry }) => !suggestions.some((one) => keyOf(one) === keyOf(entry)))
      .map(({ entry }) => ({ entry, seen: 'named by you' })),
  ];
  return (
    <details className={styles.panel}>
      <summary>
        <span className="strong">Must still work</span>{' '}
        {refusesNamed(view) ? (
          <span className="critical">
            {counted(judged.filter(({ verdict }) => verdict === 'refused').length, 'login')} would be refused
          </span>
        ) : (
          <span className="second">
            {named.length === 0
              ? 'Name who has to get in afterwards'
              : `${counted(named.length, 'login')} named, proven before you keep`}
          </span>
        )}
      </summary>
      <div
        className={classNames(styles.list, 'scroll')}
        tabIndex={0}
        role="group"
        aria-label="Must still work"
      >
        {rows.map(({ entry, seen }) => {
          const index = named.findIndex((one) => keyOf(one.entry) === keyOf(entry));
          return (
            <Row
              key={keyOf(entry)}
              entry={entry}
              seen={seen}
              password={named[index]?.password ?? null}
              judged={index < 0 ? null : (judged[index] ?? null)}
            />
          );
        })}
        <AddRow />
      </div>
    </details>
  );
}

function Row(props: {
  readonly entry: MustWork;
  readonly seen: string;
  /** null: not named. */
  readonly password: string | null;
  readonly judged: { readonly verdict: 'allowed' | 'unsure' | 'refused'; readonly because: string } | null;
}) {
  const { entry, judged, password } = props;
  return (
    <div className={styles.row}>
      <Check isSelected={password !== null} onChange={(on) => void toggleNamed(entry, on)}>
        {mustWorkText(entry)}
      </Check>
      <span
        className={classNames('small', judged?.verdict === 'refused' ? 'critical' : 'second')}
        role={judged?.verdict === 'refused' ? 'alert' : undefined}
      >
        {judged === null
          ? props.seen
          : judged.verdict === 'refused'
            ? `Would be refused: ${judged.because}`
            : judged.verdict === 'unsure'
              ? `Not sure: ${judged.because}`
              : judged.because}
      </span>
      {password !== null && judged?.verdict !== 'refused' && (
        <Field
          label={`Password of ${entry.role}, to try the login`}
          hideLabel
          compact
          type="password"
          placeholder="Password, to try it"
          value={password}
          onChange={(text) => setPassword(entry, text)}
        />
      )}
    </div>
  );
}

function AddRow() {
  const [role, setRole] = useState('');
  const [address, setAddress] = useState('');
  const [database, setDatabase] = useState('');
  const entry = typedEntry(role, address, database);
  const wrong = role.trim() !== '' && entry === null ? 'An address or a network, as 10.0.0.0/24' : undefined;
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault();
        if (entry === null) return;
        void toggleNamed(entry, true);
        setRole('');
        setAddress('');
        setDatabase('');
      }}
    >
      <Field label="Role" compact value={role} onChange={setRole} placeholder="app" />
      <Field
        label="From"
        compact
        value={address}
        onChange={setAddress}
        placeholder="10.0.0.0/24, empty: socket"
        error={wrong}
      />
      <Field label="Database" compact value={database} onChange={setDatabase} placeholder="as the role" />
      <Button type="submit" size="tiny" isDisabled={entry === null}>
        <Plus className="i xs" />
        Add
      </Button>
    </form>
  );
}
