import { ChevronDown, Search, X } from 'lucide-react';
import {
  Button as AriaButton,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SearchField,
  Select,
  SelectValue,
  Text,
  TextArea,
  TextField,
} from 'react-aria-components';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './field.module.css';

type FieldProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly help?: ReactNode;
  /** What is wrong and what to do about it; none when undefined. */
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly type?: 'text' | 'password' | 'date' | 'time' | 'number';
  readonly autoFocus?: boolean;
  readonly isDisabled?: boolean;
  readonly mono?: boolean;
  readonly min?: string;
  readonly max?: string;
  readonly lines?: number;
  readonly compact?: boolean;
  readonly hideLabel?: boolean;
};

/** One line (or `lines`) of text with its label, help and error. */
export function Field(props: FieldProps) {
  return (
    <TextField
      value={props.value}
      onChange={props.onChange}
      isInvalid={props.error !== undefined}
      isDisabled={props.isDisabled ?? false}
      type={props.type === 'password' ? 'password' : 'text'}
      validationBehavior="aria"
      autoComplete="off"
      className={styles.wrap}
    >
      <Label className={props.hideLabel === true ? 'visually-hidden' : styles.label}>{props.label}</Label>
      {props.lines === undefined ? (
        <Input
          className={classNames(styles.field, props.compact && styles.compact, props.mono && styles.mono)}
          placeholder={props.placeholder}
          autoFocus={props.autoFocus}
          type={props.type ?? 'text'}
          min={props.min}
          max={props.max}
          spellCheck={false}
        />
      ) : (
        <TextArea
          className={classNames(styles.field, styles.area, props.mono && styles.mono)}
          placeholder={props.placeholder}
          autoFocus={props.autoFocus}
          rows={props.lines}
        />
      )}
      {props.help !== undefined && props.error === undefined && (
        <Text slot="description" className={styles.help}>
          {props.help}
        </Text>
      )}
      <FieldError className={classNames(styles.help, styles.error)}>{props.error}</FieldError>
    </TextField>
  );
}

/** A search in a list; Esc clears it. */
export function SearchBox({
  label,
  value,
  onChange,
  placeholder,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder: string;
}) {
  return (
    <SearchField
      aria-label={label}
      value={value}
      onChange={onChange}
      className={styles.search}
      data-list-search
    >
      <Search className="i s" />
      <Input placeholder={placeholder} spellCheck={false} />
      {value !== '' && (
        <AriaButton className={styles.clear} aria-label="Clear the search">
          <X className="i xs" />
        </AriaButton>
      )}
    </SearchField>
  );
}

export type SelectOption<Value extends string> = {
  readonly id: Value;
  readonly label: string;
  readonly detail?: string | undefined;
};

/** One value of a few. */
export function SelectField<Value extends string>(props: {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly value: Value;
  readonly options: readonly SelectOption<Value>[];
  readonly onChange: (value: Value) => void;
  readonly isDisabled?: boolean;
  readonly compact?: boolean;
}) {
  return (
    <Select
      value={props.value}
      isDisabled={props.isDisabled ?? false}
      onChange={(key) => {
        const option = props.options.find((candidate) => candidate.id === key);
        if (option !== undefined) props.onChange(option.id);
      }}
      className={styles.wrap}
    >
      <Label className={props.hideLabel === true ? 'visually-hidden' : styles.label}>{props.label}</Label>
      <AriaButton className={classNames(styles.field, styles.select, props.compact && styles.compact)}>
        <SelectValue className="clip" />
        <ChevronDown className="i xs push" />
      </AriaButton>
      <Popover className={styles.popover} offset={5}>
        <ListBox className={styles.menu} items={props.options.map((option) => ({ ...option }))}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className={styles.option}>
              <Text slot="label">{option.label}</Text>
              {option.detail !== undefined && (
                <Text slot="description" className="small quiet">
                  {option.detail}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
