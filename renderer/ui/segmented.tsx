import { Radio, RadioGroup } from 'react-aria-components';
import type { ReactNode } from 'react';
import styles from './segmented.module.css';

/** A switch of two or three values of which one holds. */
export function Segmented<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly id: Value; readonly label: ReactNode }[];
  readonly onChange: (value: Value) => void;
}) {
  return (
    <RadioGroup
      aria-label={label}
      orientation="horizontal"
      value={value}
      onChange={(next) => {
        const option = options.find((candidate) => candidate.id === next);
        if (option !== undefined) onChange(option.id);
      }}
      className={styles.segmented}
    >
      {options.map((option) => (
        <Radio key={option.id} value={option.id} className={styles.part}>
          {option.label}
        </Radio>
      ))}
    </RadioGroup>
  );
}
