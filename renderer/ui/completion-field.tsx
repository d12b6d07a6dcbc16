import { ChevronDown, History, Server } from 'lucide-react';
import {
  Button as AriaButton,
  Collection,
  ComboBox,
  Header,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  Popover,
} from 'react-aria-components';
import { Middle } from './middle.tsx';
import { classNames } from './class-names.ts';
import styles from './field.module.css';

export type Completion = {
  readonly id: string;
  /** The short name that is typed. */
  readonly name: string;
  /** What stands behind it. */
  readonly detail: string;
  /** The way there, such as `via bastion`. */
  readonly way?: string | undefined;
};

export type CompletionGroup = {
  readonly id: string;
  readonly title: string;
  readonly kind: 'known' | 'recent';
  readonly entries: readonly Completion[];
};

/**
 * A text field that offers what is known, from several sources; whatever else is typed is taken as it stands.
 * Names match anywhere, the beginning of what matched is not marked again by sort order: the groups keep theirs.
 */
export function CompletionField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onTake?: (id: string) => void;
  readonly groups: readonly CompletionGroup[];
  readonly placeholder?: string;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly autoFocus?: boolean;
}) {
  const typed = props.value.trim().toLowerCase();
  const groups = props.groups
    .map((group) => ({
      ...group,
      entries: group.entries.filter(
        (entry) =>
          typed === '' ||
          entry.name.toLowerCase().includes(typed) ||
          entry.detail.toLowerCase().includes(typed),
      ),
    }))
    .filter((group) => group.entries.length > 0);
  return (
    <ComboBox
      inputValue={props.value}
      onInputChange={props.onChange}
      onChange={(key) => {
        if (key !== null) props.onTake?.(String(key));
      }}
      value={null}
      items={groups}
      allowsCustomValue
      defaultFilter={() => true}
      menuTrigger="focus"
      className={styles.wrap}
      isInvalid={props.error !== undefined}
      validationBehavior="aria"
    >
      <Label className={styles.label}>{props.label}</Label>
      <div className={styles.combo}>
        <Input placeholder={props.placeholder} spellCheck={false} autoFocus={props.autoFocus} />
        {props.groups.length > 0 && (
          <AriaButton className={styles.clear} aria-label="Show known hosts">
            <ChevronDown className="i xs" />
          </AriaButton>
        )}
      </div>
      {props.error !== undefined && <p className={classNames(styles.help, styles.error)}>{props.error}</p>}
      <Popover className={styles.popover} offset={5} placement="bottom start">
        <ListBox className={styles.menu} items={groups} aria-label={props.label}>
          {(group) => (
            <ListBoxSection id={group.id}>
              <Header className={styles.cap}>{group.title}</Header>
              <Collection items={group.entries.map((entry) => ({ ...entry }))}>
                {(entry) => (
                  <ListBoxItem id={entry.id} textValue={entry.name} className={styles.completion}>
                    {group.kind === 'recent' ? <History className="i s" /> : <Server className="i s" />}
                    <span>
                      <Matched text={entry.name} typed={typed} />
                    </span>
                    <Middle text={entry.detail} />
                    <span className="small quiet nowrap">{entry.way}</span>
                  </ListBoxItem>
                )}
              </Collection>
            </ListBoxSection>
          )}
        </ListBox>
        {props.hint !== undefined && (
          <div className={styles.foot}>
            <span>
              <kbd>↑</kbd> <kbd>↓</kbd> choose
            </span>
            <span>
              <kbd>↵</kbd> take
            </span>
            <span className="push">{props.hint}</span>
          </div>
        )}
      </Popover>
    </ComboBox>
  );
}

function Matched({ text, typed }: { readonly text: string; readonly typed: string }) {
  const at = typed === '' ? -1 : text.toLowerCase().indexOf(typed);
  if (at < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <b>{text.slice(at, at + typed.length)}</b>
      {text.slice(at + typed.length)}
    </>
  );
}
