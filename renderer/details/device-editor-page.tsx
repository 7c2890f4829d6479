import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import type { z } from 'zod';
import type { machineXml, MachineSummary } from '../../shared/contract/machines.ts';
import { ErrorCallout } from '../components/error-callout.tsx';
import { dropDraft } from '../state/drafts.ts';
import { elementText } from '../xml/edits.ts';
import { useLost } from '../state/use-link-status.ts';
import { ApplyNote } from './apply-note.tsx';
import { planOf } from './apply-plan.ts';
import { applyWords } from './apply-words.ts';
import { DeviceColumns, FormOrXml, type Shown } from './device-columns.tsx';
import { DeviceFooter } from './device-footer.tsx';
import { DeviceHead } from './device-head.tsx';
import type { DeviceEntry } from '../devices/device-list.ts';
import { changedFields, fieldErrors, type FieldSpec } from '../forms/field-spec.ts';
import { deviceOperation } from '../../shared/contract/operations.ts';
import { changesLive, unsupported } from '../forms/support.ts';
import type { NewDevice } from '../devices/new-device.ts';
import { RawDevice, rawDraftName } from './raw-device.tsx';
import { letsNothingGo, needsGuest } from '../../shared/domain-xml/guest-lets-go.ts';
import { removalRefusal } from './removal-refusal.ts';
import { runningXml, type Removal } from './remove-device.ts';
import { RemovedDevice } from './removed-device.tsx';
import { pathInLive, shownXml } from './shown-xml.ts';
import { SpecForm } from '../forms/spec-form.tsx';
import { useApplyDevice } from './use-apply-device.ts';
import { FormKeys } from '../forms/form-keys.tsx';
import { formDraftName } from '../forms/form-draft.ts';
import { useEditedText } from './use-edited-text.ts';
import { useFormContext } from './use-form-context.ts';
import { useLeaveGuard } from './use-leave-guard.ts';
import { XmlPane } from './xml-pane.tsx';
import { useFieldWish } from '../state/field-wish.ts';

interface DeviceEditorPageProps {
  readonly machine: MachineSummary;
  readonly xml: z.infer<typeof machineXml>;
  /** The device to edit; or, while one is added, what is added. */
  readonly entry?: DeviceEntry;
  readonly adding?: NewDevice;
  /** Goes on to a row of the list when this one was applied, removed or given up. */
  readonly onDone: (key: string) => void;
}

const changedMeanwhile = {
  code: 'conflict',
  message: 'The stored definition changed since you began to edit.',
  next: 'Cancel takes the new one; Apply would be refused.',
} as const;

/** One device: its form (or its XML), the XML beside it, what Apply does, Apply and Cancel. */
export function DeviceEditorPage({ machine, xml, entry, adding, onDone }: DeviceEditorPageProps) {
  const draft = formDraftName(machine, adding ? `add-${adding.id}` : (entry?.key ?? ''));
  const edit = useEditedText(xml, adding, draft);
  const { base, text, edited } = edit;
  const [rawValid, setRawValid] = useState(true);
  const lost = useLost();
  const [shownAs, setShownAs] = useState<Shown>('form');
  const box = useRef<HTMLDivElement>(null);
  const editor = adding?.editor ?? entry?.editor;
  const path = adding?.path ?? entry?.path;
  const isNew = adding !== undefined;
  const running = xml.live !== null;
  const context = useFormContext(edit, { machine, live: xml.live, entry, path, adding: isNew, network: editor?.Strip !== undefined });
  const target = path === undefined ? undefined : { machine, running, entry, adding: isNew, path, onDone };
  const { busy, error, setError, apply, revert } = useApplyDevice(edit, target);
  const giveUp = () => {
    edit.reset();
    dropDraft(rawDraftName(draft));
    setRawValid(true);
    setError(null);
  };
  useLeaveGuard(edited || !rawValid, isNew, giveUp);

  useFieldWish(box);

  if (!editor) return null;
  if (!context || path === undefined) return <RemovedDevice machine={machine} entry={entry} live={xml.live} />;

  const fields = editor.fields?.(context);
  const errors = fields ? fieldErrors(fields, context) : (editor.check?.(context) ?? new Map<string, string>());
  const plan = fields?.some((field) => field.live) === true && !isNew ? planOf(fields, context, base.text, text, path) : undefined;
  const updatesLive =
    plan === undefined &&
    running &&
    edited &&
    context.stored !== undefined &&
    entry?.live !== undefined &&
    unsupported(deviceOperation('update', `<${context.element.name}`), context) === undefined &&
    editor.liveUpdate?.(context.stored, context.element) === true;
  const hotAdd = running && isNew && changesLive('attach', context.element, context);
  const atOnce = updatesLive || hotAdd;
  const blocked = errors.size > 0 || !rawValid;
  const readOnly = xml.inactive === null || busy;
  const isPart = path === '/domain';
  const title = adding ? `New: ${adding.label}` : (entry?.title ?? '');
  const shown = (of: string) => shownXml(of, path, isPart ? entry?.key : undefined);

  const focusFirst = () => {
    const [first] = errors.keys();
    box.current?.querySelector<HTMLElement>(`[data-field="${CSS.escape(first ?? '')}"]`)?.focus();
  };
  const reset = () => {
    if (isNew) onDone('overview');
    else giveUp();
  };
  const revertField = (field: FieldSpec, value: string) => {
    if (edited) context.edit(field.write(value, context.element));
    else void revert((element) => field.write(value, element));
  };
  const removal: Removal | undefined =
    entry && !isPart
      ? {
          machine,
          what: entry.title,
          running,
          hot: running && entry.live !== undefined && changesLive('detach', entry.live, context),
          path,
          hasFile: context.stored?.name === 'disk' || context.stored?.name === 'filesystem',
          xml: runningXml(xml.live, pathInLive(entry)) ?? elementText(base.text, path),
        }
      : undefined;
  const refusal =
    xml.inactive === null
      ? 'This machine has no stored definition'
      : removal?.hot === true && entry?.live && needsGuest(machine, entry.live)
        ? letsNothingGo(machine, removal.what)
        : context.stored && removalRefusal(context.document, context.element);
  const submit = () => {
    if (busy || lost) return;
    if (blocked) focusFirst();
    else void apply(plan?.live ? { plan } : atOnce ? 'live' : 'config');
  };
  const props = { context, errors };
  const waits = plan !== undefined && (edited ? plan.later : plan.waiting).length > 0;
  return (
    <FormKeys className="device-page" label={title} dirty={edited || !rawValid} onApply={submit} onDiscard={reset}>
      <DeviceHead
        title={title}
        subtitle={editor.Subtitle && !isNew ? <editor.Subtitle {...props} /> : undefined}
        entry={entry}
        removal={removal}
        refusal={refusal}
        onError={setError}
        onRemoved={() => {
          edit.reset();
          setTimeout(() => onDone('overview'), 0);
        }}
        choice={<FormOrXml shown={shownAs} onChange={setShownAs} />}
      >
        {editor.Actions && !isNew && <editor.Actions {...props} />}
      </DeviceHead>
      {editor.Strip && !isNew && <editor.Strip {...props} />}
      <DeviceColumns
        shown={shownAs}
        pane={
          <XmlPane title="XML" before={isNew ? '' : shown(base.text)} after={shown(text)}>
            {(edited || isNew || (plan?.waiting.length ?? 0) > 0) && (
              <div className="apply-note">
                {(edited || isNew) && <h3>{blocked ? 'Nothing can be applied yet' : `What ${isNew ? 'Add' : 'Apply'} does`}</h3>}
                {plan && !blocked ? (
                  <>
                    <ApplyNote plan={plan} />
                    {editor.ApplyNow && waits && !edit.foreign && (
                      <editor.ApplyNow context={context} busy={busy} onApply={() => void apply('replug')} />
                    )}
                  </>
                ) : (
                  <p className="small dim">
                    {blocked ? 'The stored definition is unchanged.' : applyWords({ adding: isNew, running, live: atOnce })}
                  </p>
                )}
              </div>
            )}
          </XmlPane>
        }
      >
        <div className="device-fields" ref={box} key={edit.generation}>
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
          {edit.foreign && edited && !error && <ErrorCallout error={changedMeanwhile} />}
          {editor.Head && <editor.Head {...props} />}
          {fields ? (
            <SpecForm
              fields={fields}
              context={context}
              errors={errors}
              readOnly={readOnly}
              onRevert={xml.inactive === null ? undefined : revertField}
            />
          ) : editor.Form ? (
            <editor.Form {...props} />
          ) : (
            <RawDevice draft={rawDraftName(draft)} context={context} path={path} readOnly={readOnly} onValid={setRawValid} />
          )}
          {editor.Extra && <editor.Extra {...props} />}
        </div>
      </DeviceColumns>
      <DeviceFooter
        adding={isNew}
        edited={edited}
        changes={fields ? Math.max(1, changedFields(fields, context).length) : undefined}
        dirty={edited || !rawValid}
        busy={busy}
        errors={errors.size}
        rawValid={rawValid}
        onFocusFirst={focusFirst}
        onCancel={reset}
        onApply={submit}
      />
    </FormKeys>
  );
}
