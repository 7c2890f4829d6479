import { useState } from 'react';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { HostButton } from '../components/host-button.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { errorDataOf } from '../words/errors.ts';
import { redefine } from '../machine/redefine.ts';
import { isActive } from '../machine/machine-state.ts';
import { useApi } from '../state/services.ts';
import { insertDevice } from '../xml/edits.ts';

/** A machine without a serial port: offers to add one. */
export function NoConsole({ machine }: { readonly machine: MachineSummary }) {
  const api = useApi();
  const [error, setError] = useState<ErrorData | null>(null);
  const [added, setAdded] = useState(false);
  const add = async () => {
    setError(null);
    try {
      await redefine(api, machine, (xml) => insertDevice(xml, `<serial type='pty'>\n  <target port='0'/>\n</serial>`));
      setAdded(true);
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
  };
  return (
    <div className="page-body">
      <div className="empty-state">
        <h1>No serial port</h1>
        <p className="dim">
          {added
            ? `The port is added. ${isActive(machine) ? 'It takes effect after the next shutdown.' : ''}`
            : `${machine.name} has no serial port that can be opened here.`}
        </p>
        {error && <ErrorCallout error={error} />}
        {!added && machine.persistent && (
          <div className="row">
            <HostButton variant="filled" operation="define" onClick={() => void add()}>
              Add a Serial Port
            </HostButton>
          </div>
        )}
      </div>
    </div>
  );
}
