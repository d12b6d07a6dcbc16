import { ChevronDown, Plus, Redo2, Undo2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { isEdited, keepMine } from '../../shared/hba/editor/session.ts';
import { templateIds, templates } from '../../shared/hba/editor/templates.ts';
import { counted } from '../format.ts';
import { go } from '../store/actions.ts';
import { changeSession, discardHba, loadHba, showHba, stepHba } from '../store/hba-editor-actions.ts';
import { buildPlan } from '../store/session-actions.ts';
import { useStore } from '../store/state.ts';
import { StepFrame } from '../steps/step-frame.tsx';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { SelectField } from '../ui/field.tsx';
import { Mark } from '../ui/marks.tsx';
import { MenuButton } from '../ui/menu.tsx';
import { Notice } from '../ui/notice.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { AddDialog } from './add-dialog.tsx';
import { EditorWords } from './editor-words.tsx';
import { LineDetail } from './line-detail.tsx';
import { Remarks } from './remarks.tsx';
import { RuleList } from './rule-list.tsx';
import { SimulatorBar } from './simulator-bar.tsx';
import { TextPane } from './text-pane.tsx';
import { useHbaModel, type HbaModel } from './use-model.ts';
import styles from './hba-editor.module.css';

/** pg_hba.conf as rules and as text: edited here, then previewed, applied and undone like every other change. */
export function HbaEditor() {
  const report = useStore((state) => state.session.report);
  const loaded = useStore((state) => state.hba.loaded);
  const model = useHbaModel();
  useEffect(() => void loadHba(), [report]);
  if (model === null)
    return (
      <StepFrame
        title="pg_hba.conf"
        plain={<EditorWords />}
        back={{ label: 'Findings', onPress: () => go('findings') }}
        status={loaded === null ? 'Reading the file' : 'It cannot be edited here'}
      >
        {loaded?.ok === false && <p className={styles.none}>There is nothing to edit: {loaded.reason}.</p>}
      </StepFrame>
    );
  return <LoadedEditor model={model} />;
}

function LoadedEditor({ model }: { readonly model: HbaModel }) {
  const { mode, adding } = useStore((state) => state.hba);
  const planning = useStore((state) => state.planning);
  const chosen = useStore((state) => Object.keys(state.chosen).length);
  const [discarding, setDiscarding] = useState(false);
  const { ground, file, draft, session, remarks, lost } = model;
  const edited = isEdited(session, ground);
  const errors = remarks.filter(({ level }) => level === 'error').length;
  const id = templateIds.find((one) => one === adding);
  const preview = () => {
    showHba({ planned: true });
    void buildPlan();
  };
  return (
    <StepFrame
      title="pg_hba.conf"
      views={
        <Segmented
          label="View"
          value={mode}
          options={[
            { id: 'rules', label: 'Rules' },
            { id: 'text', label: 'Text' },
          ]}
          onChange={(next) => showHba({ mode: next })}
        />
      }
      tools={
        <>
          <Button
            variant="quiet"
            square
            aria-label="Undo"
            isDisabled={(draft?.past.length ?? 0) === 0}
            onPress={() => stepHba(file.path, 'undo')}
          >
            <Undo2 className="i s" />
          </Button>
          <Button
            variant="quiet"
            square
            aria-label="Redo"
            isDisabled={(draft?.future.length ?? 0) === 0}
            onPress={() => stepHba(file.path, 'redo')}
          >
            <Redo2 className="i s" />
          </Button>
          <MenuButton
            label="Add a line"
            entries={templates(ground.owner).map((template) => ({
              id: template.id,
              label: template.title,
              detail: template.what,
              onAction: () => showHba({ adding: template.id }),
            }))}
          >
            <Button isDisabled={file.readOnly !== null}>
              <Plus className="i s" />
              Add a line
              <ChevronDown className="i xs" />
            </Button>
          </MenuButton>
        </>
      }
      plain={<EditorWords />}
      folds
      back={{ label: 'Findings', onPress: () => go('findings') }}
      status={
        <>
          <span className="clip">
            {planning
              ? 'Working out the changes'
              : !edited
                ? 'Nothing is edited'
                : chosen === 0
                  ? 'Edited, not applied yet'
                  : `Edited, not applied yet; goes together with ${counted(chosen, 'chosen fix', 'chosen fixes')}`}
          </span>
          {errors > 0 && (
            <span className="critical">
              <Mark name="critical" className="s" /> {counted(errors, 'line')} refused
            </span>
          )}
          {edited && errors === 0 && lost.length > 0 && (
            <span className="high">
              <Mark name="high" className="s" /> {counted(lost.length, 'client')} would be refused
            </span>
          )}
        </>
      }
      actions={
        model.state !== 'same' && (
          <Button size="large" onPress={() => setDiscarding(true)}>
            Discard…
          </Button>
        )
      }
      primary={{
        label: 'Preview the changes',
        onPress: preview,
        isDisabled: !edited || errors > 0 || planning || model.state === 'outdated',
      }}
    >
      <Notices model={model} />
      <SimulatorBar model={model} />
      <div className={classNames(styles.split, mode === 'text' && styles.asText)}>
        <section className={styles.pane} aria-label={mode === 'rules' ? 'List of lines' : 'Text'}>
          {mode === 'rules' ? <RuleList model={model} /> : <TextPane key={file.path} model={model} />}
        </section>
        <section className={styles.pane} aria-label="Line">
          <LineDetail model={model} form={mode === 'rules'} />
          {mode === 'text' && <AllRemarks model={model} />}
        </section>
      </div>
      {id !== undefined && <AddDialog key={id} model={model} id={id} />}
      {discarding && (
        <ConfirmDialog
          title={`Discard what you edited in ${file.path}?`}
          confirm="Discard"
          isDestructive
          onCancel={() => setDiscarding(false)}
          onConfirm={() => {
            setDiscarding(false);
            discardHba(file.path);
          }}
        >
          <p>The file on the host stays as it is. What you typed is gone.</p>
        </ConfirmDialog>
      )}
    </StepFrame>
  );
}

/** What the person has to know before the lines: another file, an older text, why something cannot be edited. */
function Notices({ model }: { readonly model: HbaModel }) {
  const said = useStore((state) => state.hba.said);
  const problems = useStore((state) => state.planProblems);
  const { ground, file, state } = model;
  return (
    <div className={styles.notices}>
      {ground.files.length > 1 && (
        <SelectField
          label="File"
          hideLabel
          compact
          value={file.path}
          options={ground.files.map(({ path, kind }) => ({
            id: path,
            label: path,
            ...(kind === 'main' ? {} : { detail: kind === 'list' ? 'a list of names' : 'included' }),
          }))}
          onChange={(path) => showHba({ path, row: 0, said: null })}
        />
      )}
      {file.readOnly !== null && (
        <Notice tone="note" title="Only to read.">
          {file.readOnly}
        </Notice>
      )}
      {file.readOnly === null && ground.note !== null && <Notice tone="note">{ground.note}</Notice>}
      {state === 'outdated' && (
        <Notice
          tone="warn"
          title="The file has become another since you began."
          action={
            <span className={styles.choices}>
              <Button onPress={() => changeSession((session) => keepMine(session, ground, file.path))}>
                Keep my edits
              </Button>
              <Button onPress={() => discardHba(file.path)}>Take the file</Button>
            </span>
          }
        >
          Your edits are put on top of it where they are in other lines; otherwise your text stands in its
          place. The preview shows both exactly.
        </Notice>
      )}
      {problems.length > 0 && (
        <Notice tone="stop" title="This cannot be planned.">
          <ul>
            {problems.map(({ message }) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        </Notice>
      )}
      {said !== null && (
        <Notice tone={said.tone}>
          <span role="status">{said.text}</span>
        </Notice>
      )}
    </div>
  );
}

const mostRemarks = 60;

function AllRemarks({ model }: { readonly model: HbaModel }) {
  const here = model.remarks.filter(({ file, level }) => file === model.file.path && level !== 'note');
  if (here.length === 0) return null;
  return (
    <div className={`${styles.all} scroll`} tabIndex={0} role="group" aria-label="All remarks">
      <h3 className="h">In the whole file</h3>
      <Remarks remarks={here.slice(0, mostRemarks)} onOpen={({ line }) => showHba({ row: -line })} />
      {here.length > mostRemarks && <p className="second">and {here.length - mostRemarks} more</p>}
    </div>
  );
}
