import { ChevronDown, X } from 'lucide-react';
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover, Text } from 'react-aria-components';
import type { ReactElement } from 'react';
import { classNames } from './class-names.ts';
import fields from './field.module.css';
import styles from './menu.module.css';

export type MenuEntry = {
  readonly id: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly isDisabled?: boolean;
  readonly onAction: () => void;
};

/** A button (the child) that opens a list of acts. */
export function MenuButton({
  label,
  entries,
  children,
}: {
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  readonly children: ReactElement;
}) {
  return (
    <MenuTrigger>
      {children}
      <Popover className={fields.popover} offset={5}>
        <Menu aria-label={label} className={fields.menu} items={entries.map((entry) => ({ ...entry }))}>
          {(entry) => (
            <MenuItem
              id={entry.id}
              textValue={entry.label}
              isDisabled={entry.isDisabled ?? false}
              onAction={entry.onAction}
              className={classNames(fields.option, styles.item)}
            >
              <Text slot="label">{entry.label}</Text>
              {entry.detail !== undefined && (
                <Text slot="description" className="small quiet">
                  {entry.detail}
                </Text>
              )}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** A filter: closed it says what it filters by, set it shows the values and an × that clears it. */
export function FilterChip<Value extends string>({
  label,
  values,
  options,
  onChange,
}: {
  readonly label: string;
  readonly values: readonly Value[];
  readonly options: readonly { readonly id: Value; readonly label: string }[];
  readonly onChange: (values: readonly Value[]) => void;
}) {
  const chosen = options.filter((option) => values.includes(option.id));
  const all = chosen.map((option) => option.label).join(', ');
  const short = chosen.length > 1 ? `${chosen[0]?.label ?? ''} +${chosen.length - 1}` : all;
  const text = chosen.length === 0 ? label : short;
  return (
    <span className={classNames(styles.chip, chosen.length > 0 && styles.on)}>
      <MenuTrigger>
        <AriaButton
          className={styles.open}
          aria-label={
            chosen.length === 0 ? label : `${label}: ${text}${chosen.length > 1 ? ` (${all})` : ''}`
          }
        >
          <span className="clip">{text}</span>
          {chosen.length === 0 && <ChevronDown className="i xs" />}
        </AriaButton>
        <Popover className={fields.popover} offset={5}>
          <Menu
            aria-label={label}
            className={fields.menu}
            selectionMode="multiple"
            selectedKeys={values}
            onSelectionChange={(keys) =>
              onChange(
                options.filter((option) => keys === 'all' || keys.has(option.id)).map((option) => option.id),
              )
            }
            items={options.map((option) => ({ ...option }))}
          >
            {(option) => (
              <MenuItem
                id={option.id}
                textValue={option.label}
                className={classNames(fields.option, styles.item, styles.choice)}
              >
                {option.label}
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
      {chosen.length > 0 && (
        <AriaButton className={styles.clear} aria-label={`Clear ${label}`} onPress={() => onChange([])}>
          <X className="i xs" />
        </AriaButton>
      )}
    </span>
  );
}
