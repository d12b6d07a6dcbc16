import { Search } from 'lucide-react';
import {
  Autocomplete,
  Dialog,
  Heading,
  Input,
  Menu,
  MenuItem,
  Modal,
  ModalOverlay,
  TextField,
  useFilter,
} from 'react-aria-components';
import { classNames } from './class-names.ts';
import dialogs from './dialog.module.css';
import styles from './command-palette.module.css';

export type Command = {
  readonly id: string;
  readonly name: string;
  /** Where it belongs: the step, History, Settings. */
  readonly place: string;
  readonly keys?: string | undefined;
  readonly run: () => void;
};

/** Everything that can be done now, found by typing. */
export function CommandPalette({
  commands,
  onClose,
}: {
  readonly commands: readonly Command[];
  readonly onClose: () => void;
}) {
  const { contains } = useFilter({ sensitivity: 'base' });
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(open) => !open && onClose()}
      className={classNames(dialogs.scrim, styles.scrim)}
    >
      <Modal className={classNames(dialogs.modal, styles.modal)}>
        <Dialog className={dialogs.dialog}>
          <Heading slot="title" className="visually-hidden">
            Commands
          </Heading>
          <Autocomplete filter={contains}>
            <TextField aria-label="Search commands" autoFocus className={styles.search}>
              <Search className="i s" />
              <Input placeholder="Search commands and findings" spellCheck={false} />
            </TextField>
            <Menu
              className={styles.list}
              aria-label="Commands"
              items={commands.map((command) => ({ ...command }))}
              renderEmptyState={() => <p className={styles.empty}>No command has these words.</p>}
            >
              {(command) => (
                <MenuItem
                  id={command.id}
                  textValue={`${command.name} ${command.place}`}
                  className={styles.option}
                  onAction={() => {
                    onClose();
                    command.run();
                  }}
                >
                  <span className="clip">{command.name}</span>
                  {command.keys !== undefined ? <kbd>{command.keys}</kbd> : <span />}
                  <span className="small quiet nowrap">{command.place}</span>
                </MenuItem>
              )}
            </Menu>
          </Autocomplete>
          <div className={styles.foot} aria-hidden="true">
            <span>
              <kbd>↑</kbd> <kbd>↓</kbd>
            </span>
            <span>
              <kbd>↵</kbd> run
            </span>
            <span className="push">
              <kbd>Esc</kbd>
            </span>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
