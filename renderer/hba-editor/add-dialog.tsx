import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { describeRule } from '../../shared/hba/describe.ts';
import { addRules } from '../../shared/hba/editor/operations.ts';
import { placeFor, type Placement } from '../../shared/hba/editor/placement.ts';
import { editedTexts } from '../../shared/hba/editor/session.ts';
import {
  templateLines,
  templates,
  type TemplateAnswers,
  type TemplateId,
  type TemplateLines,
} from '../../shared/hba/editor/templates.ts';
import { formatRule } from '../../shared/hba/write.ts';
import { showHba, takeEdited } from '../store/hba-editor-actions.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import type { HbaModel } from './use-model.ts';
import styles from './hba-editor.module.css';

/** Asks what a template needs, shows the lines and where they go, and puts them there. */
export function AddDialog({ model, id }: { readonly model: HbaModel; readonly id: TemplateId }) {
  const { ground, file, options, text, session, rows } = model;
  const template = templates(ground.owner).find((one) => one.id === id);
  const [answers, setAnswers] = useState<TemplateAnswers>(
    Object.fromEntries(template?.fields.map(({ name, value }) => [name, value]) ?? []),
  );
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const lines = useMemo(() => templateLines(id, answers), [id, answers]);
  // Finding the place takes a while in a very long file: it follows what is typed.
  const settled = useDeferredValue(lines);
  const placeOf = useCallback(
    (found: TemplateLines): Placement | null => {
      const [draft] = found.ok ? found.drafts : [];
      if (draft === undefined) return null;
      if (template?.last === true)
        return {
          before: rows.length,
          words: 'It stands at the end: it is for whom no line before it takes.',
        };
      return placeFor(ground, { ...editedTexts(session), [file.path]: text }, file.path, draft);
    },
    [template?.last, rows.length, ground, session, file.path, text],
  );
  const place = useMemo(() => placeOf(settled), [placeOf, settled]);
  if (template === undefined) return null;
  const close = () => showHba({ adding: null });
  const add = () => {
    setTried(true);
    const where = settled === lines ? place : placeOf(lines);
    if (!lines.ok || where === null) return;
    const done = takeEdited(file.path, addRules(text, options, where.before, lines.drafts, note));
    showHba({ adding: null, mode: 'rules', ...(done ? { said: { tone: 'note', text: where.words } } : {}) });
  };
  return (
    <Dialog
      title={template.title}
      onClose={close}
      foot={
        <>
          <Button size="large" className="push" onPress={close}>
            Cancel
          </Button>
          <Button size="large" variant="primary" onPress={add}>
            Add
          </Button>
        </>
      }
    >
      <p className="second">{template.what}</p>
      {template.fields.map((field, index) => (
        <Field
          key={field.name}
          label={field.label}
          help={field.help}
          autoFocus={index === 0}
          value={answers[field.name] ?? ''}
          onChange={(value) => setAnswers((before) => ({ ...before, [field.name]: value }))}
          error={tried && !lines.ok && lines.field === field.name ? lines.reason : undefined}
        />
      ))}
      <Field
        label="Comment above it"
        help="Why the line is there; may be empty."
        value={note}
        onChange={setNote}
      />
      {lines.ok && (
        <div className={styles.fresh}>
          <pre className="selectable">
            {lines.drafts.map((draft) => formatRule(draft, options.major).replace(/ {2,}/g, ' ')).join('\n')}
          </pre>
          {lines.drafts[0] !== undefined && <p>{describeRule(lines.drafts[0])}</p>}
          <p className="second">{place?.words}</p>
        </div>
      )}
    </Dialog>
  );
}
