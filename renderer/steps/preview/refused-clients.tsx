import type { Plan } from '../../../shared/plan/plan.ts';
import { counted } from '../../format.ts';
import { go } from '../../store/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './preview.module.css';

/** Who gets in today and would be refused, by name, with what refuses it. */
export function RefusedClients({ plan }: { readonly plan: Plan }) {
  const certain = plan.cutOff.filter((client) => client.certainty === 'certain').length;
  const title =
    certain === plan.cutOff.length
      ? `${counted(plan.cutOff.length, 'client')} that came in lately would be refused at the next login`
      : `${counted(plan.cutOff.length, 'client')} that came in lately could be refused at the next login`;
  return (
    <div className={styles.refused}>
      <Notice
        tone="warn"
        quiet
        title={title}
        action={
          <Button variant="quiet" size="tiny" onPress={() => go('fixes')}>
            Let somebody in
          </Button>
        }
      >
        <div className={`${styles.clients} scroll`} tabIndex={0} role="group" aria-label="Clients">
          <table aria-label="Clients that would be refused">
            <thead className="visually-hidden">
              <tr>
                <th scope="col">Client</th>
                <th scope="col">Seen</th>
                <th scope="col">Refused by</th>
              </tr>
            </thead>
            <tbody>
              {plan.cutOff.map((client) => (
                <tr
                  key={`${client.role} ${client.address ?? ''} ${client.database ?? ''} ${client.transport} ${client.because}`}
                >
                  <td>
                    <b className="strong">{client.role}</b>
                    {client.address === null
                      ? ` over ${client.transport}`
                      : ` from ${client.address}, ${client.transport}`}
                  </td>
                  <td>
                    {client.database === null ? '' : `enters ${client.database}, `}
                    {client.seen}
                  </td>
                  <td>
                    {client.because}
                    {client.certainty === 'possible' ? ' (possibly)' : ''}
                    {client.gate === 'hba' && client.rule !== null && client.rule !== undefined && (
                      <>
                        {': '}
                        <code>{client.rule}</code>
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Notice>
    </div>
  );
}
