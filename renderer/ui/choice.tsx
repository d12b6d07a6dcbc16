import { Check as CheckIcon } from 'lucide-react';
import { Checkbox, Radio, RadioGroup, Switch } from 'react-aria-components';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './choice.module.css';

/** A box that is off, on or partly on. `isDisabled` draws it dashed: not possible here. */
export function Check(props: {
  readonly isSelected: boolean;
  readonly isIndeterminate?: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (selected: boolean) => void;
  readonly children?: ReactNode;
  readonly 'aria-label'?: string;
  readonly className?: string | undefined;
}) {
  return (
    <Checkbox
      isSelected={props.isSelected}
      isIndeterminate={props.isIndeterminate ?? false}
      isDisabled={props.isDisabled ?? false}
      onChange={props.onChange}
      aria-label={props['aria-label']}
      className={classNames(styles.check, props.className)}
    >
      <Box />
      {props.children !== undefined && <span>{props.children}</span>}
    </Checkbox>
  );
}

/** The square of a check; takes its look from the state of what it stands in. */
export function Box() {
  return (
    <span className={styles.box} aria-hidden="true">
      <CheckIcon className="i" />
    </span>
  );
}

export type RadioOption<Value extends string> = {
  readonly id: Value;
  readonly label: ReactNode;
  readonly detail?: ReactNode;
  readonly isDisabled?: boolean;
};

/** One of several, each with a second line. */
export function Radios<Value extends string>(props: {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly RadioOption<Value>[];
  readonly onChange: (value: Value) => void;
}) {
  return (
    <RadioGroup
      aria-label={props.label}
      value={props.value}
      onChange={(next) => {
        const option = props.options.find((candidate) => candidate.id === next);
        if (option !== undefined) props.onChange(option.id);
      }}
      className={styles.radios}
    >
      {props.options.map((option) => (
        <Radio
          key={option.id}
          value={option.id}
          isDisabled={option.isDisabled ?? false}
          className={styles.radio}
        >
          <span className={styles.dot} aria-hidden="true" />
          <span>
            {option.label}
            {option.detail !== undefined && <span className={styles.detail}>{option.detail}</span>}
          </span>
        </Radio>
      ))}
    </RadioGroup>
  );
}

/** Something that is on or off at once. */
export function Toggle(props: {
  readonly isSelected: boolean;
  readonly onChange: (selected: boolean) => void;
  readonly children: ReactNode;
  readonly detail?: ReactNode;
}) {
  return (
    <Switch isSelected={props.isSelected} onChange={props.onChange} className={styles.toggle}>
      <span className={styles.track} aria-hidden="true" />
      <span>
        {props.children}
        {props.detail !== undefined && <span className={styles.detail}>{props.detail}</span>}
      </span>
    </Switch>
  );
}
