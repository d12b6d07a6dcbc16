import { useState } from 'react';
import { formatHbaAddress } from '../../shared/hba/address.ts';
import { changeRule, rewriteRow } from '../../shared/hba/editor/operations.ts';
import { readAddress } from '../../shared/hba/editor/templates.ts';
import type { HbaFields } from '../../shared/hba/edit.ts';
import { hbaMethods } from '../../shared/hba/methods.ts';
import { parseHba } from '../../shared/hba/parse.ts';
import type { HbaParseOptions, HbaRule } from '../../shared/hba/types.ts';
import { formatOption, formatTokens } from '../../shared/hba/write.ts';
import { secretMask } from '../../shared/hba/editor/shown.ts';
import { takeEdited } from '../store/hba-editor-actions.ts';
import { Field, SelectField } from '../ui/field.tsx';
import type { HbaModel } from './use-model.ts';
import styles from './hba-editor.module.css';

const types = ['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'] as const;
type Column = 'databases' | 'users' | 'address' | 'options';

/** What a person wrote into a column, as fields of a rule; or what is wrong with it. */
function readColumn(
  column: Column,
  text: string,
  rule: HbaRule,
  options: HbaParseOptions,
): HbaFields | string {
  if (column === 'address') {
    const address = readAddress(text);
    return typeof address === 'string' ? address : { address };
  }
  // The server's own scanner decides what the words are: they are put into a line that is right otherwise.
  const line =
    column === 'databases'
      ? `local ${text} all trust`
      : column === 'users'
        ? `local all ${text} trust`
        : `${rule.type} all all ${rule.address === null ? '' : 'all '}${rule.method} ${text}`;
  const [parsed, ...more] = parseHba(line, options).lines;
  const read = parsed?.kind === 'rule' || parsed?.kind === 'unresolved' ? parsed.rule : null;
  if (read === null || read === undefined || more.length > 0 || /#/.test(text))
    return column === 'options'
      ? `Write options as name=value. ${parsed?.kind === 'error' ? `The server says: ${parsed.message}.` : ''}`
      : 'Write names with commas between them. A name with blanks or capital letters stands in double quotes.';
  return { [column]: read[column] };
}

function writtenColumn(column: Column, rule: HbaRule, major: number): string {
  switch (column) {
    case 'databases':
    case 'users':
      return formatTokens(rule[column], major);
    case 'address':
      return rule.address === null ? '' : formatHbaAddress(rule.address);
    case 'options':
      return rule.options.map(formatOption).join(' ');
  }
}

/** The parts of a rule, each in a field; and the line as it stands in the file. */
export function LineForm({ model, isDisabled }: { readonly model: HbaModel; readonly isDisabled: boolean }) {
  const { row, options, text, file } = model;
  // What was typed and is not right yet, by column.
  const [wrong, setWrong] = useState<
    Partial<Record<Column, { readonly text: string; readonly why: string }>>
  >({});
  const [last, setLast] = useState<string | null>(null);
  if (row === null) return null;
  const { rule } = row;
  const change = (fields: HbaFields, what: string): string | null => {
    const edited = changeRule(text, options, row.index, fields);
    if (!edited.ok) return edited.reason;
    takeEdited(file.path, edited, last === what);
    setLast(what);
    return null;
  };
  const column = (name: Column, label: string, help: string) => {
    if (rule === null) return null;
    const failed = wrong[name];
    return (
      <Field
        label={label}
        mono
        compact
        isDisabled={isDisabled}
        value={failed?.text ?? writtenColumn(name, rule, options.major)}
        help={help}
        error={failed?.why || undefined}
        onChange={(value) => {
          const fields = readColumn(name, value, rule, options);
          const why = typeof fields === 'string' ? fields : change(fields, name);
          const written =
            typeof fields === 'string' ? '' : writtenColumn(name, { ...rule, ...fields }, options.major);
          // Half-typed words that are right but would be written otherwise stay as they are typed.
          const same = why === null && written === value;
          setWrong((before) => {
            const { [name]: _, ...others } = before;
            return same ? others : { ...others, [name]: { text: value, why: why ?? '' } };
          });
        }}
      />
    );
  };
  const veiled = row.body.includes(secretMask);
  return (
    <div className={styles.form}>
      {rule !== null && !veiled && (
        <>
          <SelectField
            label="Type"
            compact
            isDisabled={isDisabled}
            value={rule.type}
            options={types.map((type) => ({ id: type, label: type }))}
            onChange={(type) => {
              const why = change(
                type === 'local'
                  ? {
                      type,
                      address: null,
                      ...(rule.method === 'peer' ? {} : { method: 'peer', options: [] }),
                    }
                  : {
                      type,
                      ...(rule.address === null ? { address: { kind: 'samehost' } } : {}),
                      ...(rule.method === 'peer' ? { method: 'scram-sha-256', options: [] } : {}),
                    },
                'type',
              );
              if (why !== null) setWrong({});
            }}
          />
          <SelectField
            label="Method"
            compact
            isDisabled={isDisabled}
            value={rule.method}
            options={hbaMethods(options.major)
              .filter((method) => method === rule.method || !['sspi', 'bsd'].includes(method))
              .filter(
                (method) =>
                  method === rule.method ||
                  (rule.type === 'local') === (method === 'peer') ||
                  !['peer', 'ident', 'cert', 'gss'].includes(method),
              )
              .map((method) => ({ id: method, label: method }))}
            onChange={(method) => change({ method, options: [] }, 'method')}
          />
          {column('databases', 'Databases', 'all, replication, or names')}
          {column('users', 'Roles', 'all, names, or +group')}
          {rule.type !== 'local' && column('address', 'Address', 'a network, all, samehost or samenet')}
          {column('options', 'Options', 'name=value')}
        </>
      )}
      {veiled && (
        <p className={`second ${styles.wide}`}>
          The password in this line is not shown. You can move the line, comment it out or remove it; to
          change it, edit the file on the host.
        </p>
      )}
      <div className={styles.wide}>
        <Field
          label="As it stands in the file"
          mono
          lines={Math.min(5, 1 + row.body.split('\n').length)}
          isDisabled={isDisabled || veiled}
          value={row.body}
          onChange={(value) => {
            takeEdited(file.path, rewriteRow(text, options, row.index, value), last === 'line');
            setLast('line');
            setWrong({});
          }}
        />
      </div>
    </div>
  );
}
