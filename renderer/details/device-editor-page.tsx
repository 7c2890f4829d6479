import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { z } from 'zod';
import type { machineXml, MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { elementAt } from '../../shared/domain-xml/xml/path.ts';
import { ErrorCallout } from '../components/error-callout.tsx';
import { ReasonedButton } from '../components/reasoned-button.tsx';
import { errorDataOf } from '../errors.ts';
import { redefine } from '../machines/redefine.ts';
import { guardLeaving } from '../route.ts';
import { useDialogs } from '../shell/dialog-store.ts';
import { useMachines } from '../state/machines-feed.ts';
import { useApi } from '../state/services.ts';
import { editElement, elementText, type Change } from '../xml/edits.ts';
import { useHostFacts } from '../host/use-host-facts.ts';
import { useInterfaceFacts } from '../network/host-network.ts';
import { ApplyNote } from './apply-note.tsx';
import { applyPlan, planOf } from './apply-plan.ts';
import { DeviceColumns } from './device-columns.tsx';
import { DeviceFooter } from './device-footer.tsx';
import { deviceList, type DeviceEntry } from './device-list.ts';
import { fieldErrors, type FieldSpec, type FormContext } from './field-spec.ts';
import type { NewDevice } from './new-device.ts';
import { RawDevice } from './raw-device.tsx';
import { removalQuestion, removeDevice, runningXml, type Removal } from './remove-device.ts';
import { RemovedDevice } from './removed-device.tsx';
import { pathInLive, shownXml } from './shown-xml.ts';
import { SpecForm } from './spec-form.tsx';
import { XmlPane } from './xml-pane.tsx';

interface DeviceEditorPageProps {
  readonly machine: MachineSummary;
  readonly xml: z.infer<typeof machineXml>;
  /** The device to edit; or, while one is added, what is added. */
  readonly entry?: DeviceEntry;
  readonly adding?: NewDevice;
  /** Goes on to a row of the list when this one was applied, removed or given up. */
  readonly onDone: (key: string) => void;
}

const none: readonly MachineSummary[] = [];

/** One device: its form (or its XML), the XML beside it, what Apply does, Apply and Cancel. */
export function DeviceEditorPage({ machine, xml, entry, adding, onDone }: DeviceEditorPageProps) {
  const api = useApi();
  const facts = useHostFacts();
  const machines = useMachines()?.machines ?? none;
  const openDialog = useDialogs((state) => state.open);
  const stored = xml.inactive;
  // The edit begins from one stored text; news from elsewhere don't change it under the user's hands.
  const [base, setBase] = useState({ text: stored ?? xml.live ?? '', hash: xml.hash });
  const [text, setText] = useState(adding?.text ?? base.text);
  const [rawValid, setRawValid] = useState(true);
  const [error, setError] = useState<ErrorData | null>(null);
  const [busy, setBusy] = useState(false);
  const [generation, setGeneration] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const editor = adding?.editor ?? entry?.editor;
  const path = adding?.path ?? entry?.path;
  const edited = text !== base.text;
  const running = xml.live !== null;
  const foreign = base.hash !== xml.hash;

  // Without edits the form follows the stored definition.
  useEffect(() => {
    if (adding || edited || !foreign || stored === null) return;
    setBase({ text: stored, hash: xml.hash });
    setText(stored);
    setGeneration((n) => n + 1);
  }, [adding, edited, foreign, stored, xml.hash]);

  const interfaces = useInterfaceFacts(editor?.Strip !== undefined);
  const liveText = useMemo(() => (xml.live === null ? undefined : elementText(xml.live, pathInLive(xml.live, entry))), [xml.live, entry]);
  const dirty = edited || !rawValid;
  useEffect(() => {
    if (!dirty) return undefined;
    return guardLeaving((proceed) => {
      openDialog({
        kind: 'confirm',
        title: adding ? 'Don’t add the new device?' : 'Discard your changes?',
        text: 'What you changed in this form is not applied yet.',
        confirm: adding ? 'Don’t Add' : 'Discard',
        gentle: true,
        run: proceed,
      });
      return false;
    });
  }, [dirty, adding, openDialog]);

  const context = useMemo((): FormContext | undefined => {
    const document = parseXml(text);
    const element = path === undefined ? undefined : elementAt(document, path);
    if (!element || path === undefined) return undefined;
    return {
      machine,
      facts,
      document,
      element,
      stored: adding ? undefined : elementAt(parseXml(base.text), path),
      live: entry?.live,
      liveText,
      machines,
      interfaces,
      edited: text !== base.text,
      edit: (changes: readonly Change[]) => setText((before) => editElement(before, path, changes)),
      setText,
    };
  }, [text, path, machine, facts, adding, base.text, entry?.live, liveText, machines, interfaces]);

  if (!editor) return null;
  if (!context || path === undefined) return <RemovedDevice machine={machine} entry={entry} live={xml.live} />;

  const fields = editor.fields?.(context);
  const errors = fields ? fieldErrors(fields, context) : (editor.check?.(context) ?? new Map<string, string>());
  const readOnly = stored === null || busy;
  const storedElement = context.stored;
  const plan = fields?.some((field) => field.live) === true && !adding ? planOf(fields, context, base.text, text, path) : undefined;
  const liveNow =
    plan === undefined &&
    running &&
    edited &&
    !adding &&
    storedElement !== undefined &&
    entry?.live !== undefined &&
    editor.liveUpdate?.(storedElement, context.element) === true;
  const hotAdd = running && adding !== undefined && editor.hotplug?.(context.element) === true;
  const blocked = errors.size > 0 || !rawValid;
  const isPart = path === '/domain';
  const title = adding ? `New: ${adding.label}` : (entry?.title ?? '');

  const focusFirst = () => {
    const [first] = errors.keys();
    box.current?.querySelector<HTMLElement>(`[data-field="${CSS.escape(first ?? '')}"]`)?.focus();
  };
  const reset = () => {
    if (adding) return onDone('overview');
    setText(base.text);
    setRawValid(true);
    setError(null);
    setGeneration((n) => n + 1);
    return undefined;
  };
  const saved = (message: string) => {
    notifications.show({ message });
    setBase((before) => ({ text, hash: before.hash }));
  };
  const finish = () => {
    if (!adding) {
      // What names the device in the route (a MAC, a target) may have been edited.
      const same = deviceList(parseXml(text), undefined).find((one) => one.path === path);
      if (entry && !isPart && same && same.key !== entry.key) setTimeout(() => onDone(same.key), 0);
      return;
    }
    // The new device's row is found by its path, whatever its identity.
    const added = deviceList(parseXml(text), undefined).find((one) => one.path === path);
    setBase({ text, hash: '' });
    setTimeout(() => onDone(added?.key ?? 'overview'), 0);
  };
  const apply = async (how: 'live' | 'config') => {
    if (blocked) return focusFirst();
    setBusy(true);
    setError(null);
    try {
      if (plan?.live) {
        const message = await applyPlan(api, machine.uuid, plan, { xml: text, element: elementText(text, path) ?? '', expect: base.hash });
        saved(
          message ?? (plan.later.length === 0 ? 'In force now, and saved.' : 'Changed now, and saved; the rest waits for the next start.'),
        );
      } else if (how === 'live') {
        const answer = await api['machines.device']({
          machine: machine.uuid,
          how: adding ? 'attach' : 'update',
          xml: elementText(text, path) ?? '',
          scope: 'both',
        });
        saved(
          answer.message ??
            (answer.state === 'pending' ? 'The guest has been asked; it has not answered yet.' : 'In force now, and saved.'),
        );
      } else {
        await api['machines.define']({ xml: text, expect: base.hash });
        saved(running ? 'Saved. It takes effect after the next shutdown.' : `${machine.name} is saved.`);
      }
      finish();
    } catch (thrown) {
      setError(errorDataOf(thrown));
    } finally {
      setBusy(false);
    }
    return undefined;
  };
  const remove = () => {
    const removal: Removal = {
      machine,
      what: entry?.title ?? '',
      running,
      hot: running && entry?.live !== undefined && editor.hotplug?.(entry.live) === true,
      path,
      xml: runningXml(xml.live, pathInLive(xml.live, entry)) ?? elementText(base.text, path),
    };
    openDialog({
      kind: 'confirm',
      title: `Remove ${removal.what}?`,
      text: removalQuestion(removal),
      confirm: `Remove ${removal.what}`,
      run: async () => {
        try {
          notifications.show({ message: await removeDevice(api, removal) });
          setText(base.text);
          setTimeout(() => onDone('overview'), 0);
        } catch (thrown) {
          setError(errorDataOf(thrown));
        }
      },
    });
  };
  const revert = async (field: FieldSpec, value: string) => {
    if (edited) return context.edit(field.write(value, context.element));
    setError(null);
    try {
      await redefine(api, machine.uuid, (now) => {
        const element = elementAt(parseXml(now), path);
        return element ? editElement(now, path, field.write(value, element)) : now;
      });
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
    return undefined;
  };

  const props = { context, errors };
  const applies = adding
    ? hotAdd
      ? 'Adds it now, while the machine runs, and to the definition.'
      : running
        ? 'Saves it. The machine has it after the next shutdown.'
        : 'Saves it in the definition.'
    : liveNow
      ? 'Changes it now, while the machine runs, and in the definition.'
      : running
        ? 'Saves it. It takes effect after the next shutdown.'
        : 'Saves it. It takes effect at the next start.';
  return (
    <section className="device-page" aria-label={title}>
      <div className="device-head">
        <h2 className="grow clip">{title}</h2>
        {entry && entry.state !== 'same' && (
          <span className="tag warn">{entry.state === 'added' ? 'runs from the next start on' : 'differs from what runs'}</span>
        )}
        {editor.Actions && !adding && <editor.Actions {...props} />}
        {entry && !isPart && (
          <ReasonedButton
            reason={stored === null ? 'This machine has no stored definition' : undefined}
            onClick={remove}
            leftSection={<IconTrash size={15} />}
          >
            Remove
          </ReasonedButton>
        )}
      </div>
      {editor.Strip && !adding && <editor.Strip {...props} />}
      <DeviceColumns
        pane={
          <XmlPane
            title="XML"
            before={adding ? '' : shownXml(base.text, path, isPart ? entry?.key : undefined)}
            after={shownXml(text, path, isPart ? entry?.key : undefined)}
          >
            {!edited && !adding && plan && plan.waiting.length > 0 && (
              <div className="apply-note">
                <ApplyNote plan={plan} />
              </div>
            )}
            {(edited || adding) && (
              <div className="apply-note">
                <h3>{blocked ? 'Nothing can be applied yet' : `What ${adding ? 'Add' : 'Apply'} does`}</h3>
                {plan && !blocked ? (
                  <ApplyNote plan={plan} />
                ) : (
                  <p className="small dim">{blocked ? 'The stored definition is unchanged.' : applies}</p>
                )}
              </div>
            )}
          </XmlPane>
        }
      >
        <div className="device-fields" ref={box} key={generation}>
          {error && (
            <ErrorCallout
              error={error}
              title={error.code === 'conflict' ? undefined : 'Nothing was changed.'}
              onDismiss={() => setError(null)}
            >
              {hotAdd && <Button onClick={() => void apply('config')}>Add at Next Start Only</Button>}
              {error.code === 'conflict' && <Button onClick={reset}>Take the Stored One</Button>}
            </ErrorCallout>
          )}
          {foreign && edited && !error && (
            <ErrorCallout
              error={{
                code: 'conflict',
                message: 'The stored definition changed since you began to edit.',
                next: 'Cancel takes the new one; Apply would be refused.',
              }}
            />
          )}
          {editor.Head && <editor.Head {...props} />}
          {fields ? (
            <SpecForm
              fields={fields}
              context={context}
              errors={errors}
              readOnly={readOnly}
              onRevert={stored === null ? undefined : (field, value) => void revert(field, value)}
            />
          ) : editor.Form ? (
            <editor.Form {...props} />
          ) : (
            <RawDevice context={context} path={path} readOnly={readOnly} onValid={setRawValid} />
          )}
          {editor.Extra && <editor.Extra {...props} />}
        </div>
      </DeviceColumns>
      <DeviceFooter
        adding={adding !== undefined}
        edited={edited}
        dirty={dirty}
        busy={busy}
        errors={errors.size}
        rawValid={rawValid}
        onFocusFirst={focusFirst}
        onCancel={reset}
        onApply={() => void apply(liveNow || hotAdd ? 'live' : 'config')}
      />
    </section>
  );
}
