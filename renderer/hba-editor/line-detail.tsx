import { ArrowDown, ArrowUp, MessageSquareOff, Trash2 } from 'lucide-react';
import { describeRule } from '../../shared/hba/describe.ts';
import { canMove, moveRow, removeRow, switchRow } from '../../shared/hba/editor/operations.ts';
import { placeKey } from '../../shared/hba/editor/reading.ts';
import { isActive } from '../../shared/hba/editor/rows.ts';
import { counted, moment } from '../format.ts';
import { takeEdited } from '../store/hba-editor-actions.ts';
import { Badge } from '../ui/badges.tsx';
import { Button } from '../ui/button.tsx';
import { Empty } from '../ui/notice.tsx';
import { LineForm } from './line-form.tsx';
import { Remarks } from './remarks.tsx';
import type { HbaModel } from './use-model.ts';
import { clientWords, seenWords } from './words.ts';
import styles from './hba-editor.module.css';

const mostClients = 12;

/** The open line: what it means, what is to say about it, its parts, and who comes to it. */
export function LineDetail({ model, form }: { readonly model: HbaModel; readonly form: boolean }) {
  const { row, rows, options, text, file, ground, clientsAt, remarksAt } = model;
  if (row === null)
    return <Empty title="No line">Add a line from a template, or write one in the text.</Empty>;
  const place = placeKey({ file: file.path, line: row.line });
  const remarks = row.kind === 'off' ? [] : (remarksAt.get(place) ?? []);
  const clients = clientsAt.get(place) ?? [];
  const readOnly = file.readOnly !== null;
  const isOff = row.kind === 'off';
  return (
    <div className={`${styles.detail} scroll`} tabIndex={0} role="group" aria-label="The open line">
      <div className={styles.top}>
        <h2>Line {row.line}</h2>
        {isOff && <Badge tone="dashed">Commented out</Badge>}
        {row.kind === 'error' && <Badge tone="critical">Refused</Badge>}
        {isActive(row) && (
          <span className={styles.tools}>
            <Button
              size="tiny"
              square
              aria-label="Move up"
              isDisabled={readOnly || !canMove(rows, row.index, 'up')}
              onPress={() => takeEdited(file.path, moveRow(text, options, row.index, 'up'))}
            >
              <ArrowUp className="i s" />
            </Button>
            <Button
              size="tiny"
              square
              aria-label="Move down"
              isDisabled={readOnly || !canMove(rows, row.index, 'down')}
              onPress={() => takeEdited(file.path, moveRow(text, options, row.index, 'down'))}
            >
              <ArrowDown className="i s" />
            </Button>
            <Button
              size="tiny"
              isDisabled={readOnly}
              onPress={() => takeEdited(file.path, switchRow(text, options, row.index))}
            >
              <MessageSquareOff className="i s" />
              {isOff ? 'Put back in' : 'Comment out'}
            </Button>
            <Button
              size="tiny"
              square
              aria-label="Remove the line"
              isDisabled={readOnly}
              onPress={() => takeEdited(file.path, removeRow(text, options, row.index))}
            >
              <Trash2 className="i s" />
            </Button>
          </span>
        )}
      </div>
      {row.rule !== null && (
        <p className="selectable">
          {isOff ? 'It would say: ' : ''}
          {describeRule(row.rule)}
        </p>
      )}
      {row.kind === 'include' && <p>The server reads the lines of another file in this place.</p>}
      <Remarks remarks={remarks} />
      {form && <LineForm key={`${file.path} ${row.index}`} model={model} isDisabled={readOnly} />}
      {(row.kind === 'rule' || row.kind === 'list') && (
        <>
          <h3 className="h">Who comes to it</h3>
          {clients.length === 0 ? (
            <p className="second">
              {!ground.clientsKnown
                ? 'Not known: neither sessions nor the log could be read.'
                : ground.loginsSince === null
                  ? 'Nobody who is connected now. The log tells nothing of earlier logins.'
                  : `Nobody who is connected now, or in the log since ${moment(ground.loginsSince)}.`}
            </p>
          ) : (
            <ul className={`selectable ${styles.clients}`}>
              {clients.slice(0, mostClients).map((one, index) => (
                <li key={index}>
                  <span>{clientWords(one.client)}</span>
                  <span className="small second">
                    {seenWords([one])}
                    {one.certain ? '' : ', perhaps by another line'}
                  </span>
                </li>
              ))}
              {clients.length > mostClients && (
                <li className="second">and {counted(clients.length - mostClients, 'other')}</li>
              )}
            </ul>
          )}
        </>
      )}
    </div>
  );
}
